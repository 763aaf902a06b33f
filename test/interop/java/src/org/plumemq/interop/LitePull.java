package org.plumemq.interop;

import java.util.Collection;
import java.util.List;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** A lite pull consumer: by subscription, or with --assign yes over all queues from --offset on. Ends like Consume. */
final class LitePull {
    private LitePull() {
    }

    static void run(Args args) throws Exception {
        DefaultLitePullConsumer consumer = new DefaultLitePullConsumer(args.need("group"));
        consumer.setNamesrvAddr(args.need("namesrv"));
        consumer.setInstanceName(args.get("instance", "litepull" + System.nanoTime()));
        consumer.setVipChannelEnabled(false);
        Clients.quicken(consumer);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        boolean assign = args.get("assign", "no").equals("yes");
        String topic = args.need("topic");
        if (!assign) {
            consumer.subscribe(topic, args.get("expression", "*"));
        }
        consumer.start();
        new Line("started").print();
        if (assign) {
            Collection<MessageQueue> queues = consumer.fetchMessageQueues(topic);
            consumer.assign(queues);
            for (MessageQueue queue : queues) {
                consumer.seek(queue, args.big("offset", 0));
            }
        }
        int left = args.number("count", 1);
        long end = System.currentTimeMillis() + args.number("timeout", 30000);
        while (left > 0 && System.currentTimeMillis() < end) {
            List<MessageExt> messages = consumer.poll(500);
            for (MessageExt m : messages) {
                Line.of("message", m).print();
                left--;
            }
        }
        consumer.commitSync();
        consumer.shutdown();
        new Line("done").put("complete", left <= 0).print();
    }
}
