package org.plumemq.interop;

import java.util.ArrayList;
import java.util.List;
import org.apache.rocketmq.client.QueryResult;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** Asks a broker about a topic: its queues with their offsets, messages by --id (offset id), --uniq (unique key), --key. */
final class Query {
    private Query() {
    }

    static void run(Args args) throws Exception {
        DefaultMQPullConsumer client = new DefaultMQPullConsumer(args.get("group", "interop_query"));
        client.setNamesrvAddr(args.need("namesrv"));
        client.setInstanceName("query" + System.nanoTime());
        client.setVipChannelEnabled(false);
        Clients.bePatient(client);
        client.start();
        try {
            String topic = args.need("topic");
            for (MessageQueue q : new ArrayList<>(client.fetchSubscribeMessageQueues(topic))) {
                new Line("queue").put("brokerName", q.getBrokerName()).put("queueId", q.getQueueId())
                    .put("minOffset", client.minOffset(q)).put("maxOffset", client.maxOffset(q))
                    .put("offsetAtTime", client.searchOffset(q, args.big("time", System.currentTimeMillis())))
                    .put("earliest", client.earliestMsgStoreTime(q)).print();
            }
            if (!args.get("id", "").isEmpty()) {
                Line.of("byId", client.viewMessage(topic, args.need("id"))).print();
            }
            if (!args.get("uniq", "").isEmpty()) {
                Line.of("byUniq", client.viewMessage(topic, args.need("uniq"))).print();
            }
            if (!args.get("key", "").isEmpty()) {
                QueryResult found = client.queryMessage(topic, args.need("key"), 256, 0, System.currentTimeMillis() + 60000);
                List<MessageExt> messages = found.getMessageList();
                for (MessageExt m : messages) {
                    Line.of("byKey", m).print();
                }
            }
        } finally {
            client.shutdown();
        }
        new Line("done").print();
    }
}
