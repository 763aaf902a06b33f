package org.plumemq.interop;

import java.util.List;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * A lite pull consumer: by subscription, or with --assign yes over all queues, of which a new group begins with the first message. It does
 * not seek. Right after assign, seek throws away what the first pull has brought, and the pull that it cancels may still take the offset
 * to seek to as its own: then the next pull goes on behind what was thrown away. Ends like Consume.
 */
final class LitePull {
    private LitePull() {
    }

    static void run(Args args) throws Exception {
        DefaultLitePullConsumer consumer = new DefaultLitePullConsumer(args.need("group"));
        consumer.setNamesrvAddr(args.need("namesrv"));
        consumer.setInstanceName(args.get("instance", "litepull" + System.nanoTime()));
        consumer.setVipChannelEnabled(false);
        Clients.bePatient(consumer);
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
            consumer.assign(consumer.fetchMessageQueues(topic));
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
