package org.plumemq.interop;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyContext;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * A push consumer. Prints "started", "assigned" when it holds queues of the topic, then a line per delivery, until --count
 * messages were acknowledged or --timeout milliseconds passed. --fail n refuses a message until it was redelivered n times;
 * --fail -1 refuses always, and each delivery counts. --linger keeps it running after that. --message-trace yes leaves a message
 * trace.
 */
final class Consume {
    private Consume() {
    }

    static void run(Args args) throws Exception {
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(args.need("group"),
            args.get("message-trace", "no").equals("yes"), null);
        consumer.setNamesrvAddr(args.need("namesrv"));
        consumer.setInstanceName(args.get("instance", "consume" + System.nanoTime()));
        consumer.setVipChannelEnabled(false);
        Clients.bePatient(consumer);
        Clients.quicken(consumer);
        consumer.setConsumeFromWhere(ConsumeFromWhere.valueOf(args.get("from", "CONSUME_FROM_FIRST_OFFSET")));
        consumer.setMaxReconsumeTimes(args.number("max-reconsume", -1));
        consumer.setAwaitTerminationMillisWhenShutdown(60000); // A message is acknowledged or sent back after the listener has returned.
        if (args.get("model", "CLUSTERING").equals("BROADCASTING")) {
            broadcast(consumer);
        }
        consumer.subscribe(args.need("topic"), args.get("expression", "*"));
        CountDownLatch acknowledged = new CountDownLatch(args.number("count", 1));
        int failures = args.number("fail", 0);
        int level = args.number("delay-when-failed", 1);
        consumer.registerMessageListener(new MessageListenerConcurrently() {
            @Override
            public ConsumeConcurrentlyStatus consumeMessage(List<MessageExt> messages, ConsumeConcurrentlyContext context) {
                MessageExt m = messages.get(0);
                boolean refuse = failures < 0 || m.getReconsumeTimes() < failures;
                Line.of("message", m).put("refused", refuse).print();
                if (!refuse || failures < 0) {
                    acknowledged.countDown();
                }
                context.setDelayLevelWhenNextConsume(level);
                return refuse ? ConsumeConcurrentlyStatus.RECONSUME_LATER : ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
            }
        });
        consumer.start();
        new Line("started").print();
        awaitAssignment(consumer, args.need("topic"));
        boolean all = acknowledged.await(args.number("timeout", 30000), TimeUnit.MILLISECONDS);
        new Line("idle").print();
        Thread.sleep(args.number("linger", 0));
        consumer.shutdown();
        new Line("done").put("complete", all).print();
    }

    /** MessageModel moved to another package between 4.x and 5.x. */
    private static void broadcast(DefaultMQPushConsumer consumer) throws Exception {
        Class<?> model = Classes.find("heartbeat.MessageModel");
        DefaultMQPushConsumer.class.getMethod("setMessageModel", model)
            .invoke(consumer, model.getField("BROADCASTING").get(null));
    }

    private static void awaitAssignment(DefaultMQPushConsumer consumer, String topic) throws Exception {
        for (int i = 0; i < 600; i++) {
            Collection<?> queues = consumer.getDefaultMQPushConsumerImpl().getRebalanceImpl().getProcessQueueTable().keySet();
            if (queues.stream().anyMatch(q -> q.toString().contains("topic=" + topic + ","))) {
                new Line("assigned").put("queues", queues.size()).print();
                return;
            }
            Thread.sleep(50);
        }
        throw new IllegalStateException("no queue of " + topic + " was assigned in 30 s");
    }
}
