package org.plumemq.interop;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;

/**
 * Sends --count messages in each of the comma separated --modes (sync, async, oneway, batch, queue, selector) and prints
 * one line per message sent. Bodies are "mode-i"; --size pads them. --message-trace yes leaves a message trace.
 */
final class Send {
    private Send() {
    }

    static void run(Args args) throws Exception {
        DefaultMQProducer producer = new DefaultMQProducer(args.get("group", "interop_producer"),
            args.get("message-trace", "no").equals("yes"), null);
        producer.setNamesrvAddr(args.need("namesrv"));
        producer.setInstanceName(args.get("instance", "send" + System.nanoTime()));
        producer.setSendMsgTimeout(args.number("timeout", 30000));
        producer.setVipChannelEnabled(false);
        Clients.bePatient(producer);
        producer.start();
        try {
            for (String mode : args.get("modes", "sync").split(",")) {
                send(producer, mode, args);
            }
            if (args.number("linger", 0) > 0) {
                new Line("idle").print();
                Thread.sleep(args.number("linger", 0));
            }
        } finally {
            producer.shutdown();
        }
        new Line("done").print();
    }

    private static void send(DefaultMQProducer producer, String mode, Args args) throws Exception {
        int count = args.number("count", 1);
        List<Message> messages = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            messages.add(message(mode, i, args));
        }
        switch (mode) {
            case "batch":
                report(mode, bodies(messages), producer.send(messages));
                return;
            case "async":
                async(producer, messages);
                return;
            default:
                break;
        }
        List<MessageQueue> queues = mode.equals("queue") ? producer.fetchPublishMessageQueues(args.need("topic")) : null;
        for (int i = 0; i < count; i++) {
            Message m = messages.get(i);
            String body = body(m);
            switch (mode) {
                case "oneway":
                    producer.sendOneway(m);
                    new Line("sent").put("mode", mode).put("body", body).put("uniqKey", m.getProperty("UNIQ_KEY")).print();
                    break;
                case "queue":
                    report(mode, body, producer.send(m, queues.get(i % queues.size())));
                    break;
                case "selector":
                    report(mode, body, producer.send(m, (all, msg, arg) -> all.get((Integer) arg % all.size()), i));
                    break;
                default:
                    report(mode, body, producer.send(m));
                    break;
            }
        }
        if (mode.equals("oneway")) {
            Thread.sleep(300); // Nothing answers: let the connection drain before it is closed.
        }
    }

    private static void async(DefaultMQProducer producer, List<Message> messages) throws Exception {
        CountDownLatch answered = new CountDownLatch(messages.size());
        for (Message m : messages) {
            String body = body(m);
            producer.send(m, new SendCallback() {
                @Override
                public void onSuccess(SendResult result) {
                    report("async", body, result);
                    answered.countDown();
                }

                @Override
                public void onException(Throwable e) {
                    new Line("failed").put("mode", "async").put("body", body).put("error", String.valueOf(e)).print();
                    answered.countDown();
                }
            });
        }
        if (!answered.await(60, TimeUnit.SECONDS)) {
            throw new IllegalStateException(answered.getCount() + " callbacks never came");
        }
    }

    private static Message message(String mode, int i, Args args) {
        String label = args.get("label", "");
        StringBuilder body = new StringBuilder(label.isEmpty() ? mode + "-" + i : label + "-" + mode + "-" + i);
        while (body.length() < args.number("size", 0)) {
            body.append(' ').append(body.length());
        }
        Message m = new Message(args.need("topic"), body.toString().getBytes(StandardCharsets.UTF_8));
        List<String> tags = Arrays.asList(args.get("tags", "").split(","));
        m.setTags(tags.get(i % tags.size()));
        if (!args.get("key", "").isEmpty()) {
            m.setKeys(Arrays.asList(args.need("key") + i, args.need("key") + "-all"));
        }
        if (args.number("delay", 0) > 0) {
            m.setDelayTimeLevel(args.number("delay", 0));
        }
        if (args.number("flag", 0) != 0) {
            m.setFlag(args.number("flag", 0));
        }
        for (String property : args.get("properties", "").split(",")) {
            int eq = property.indexOf('=');
            if (eq > 0) {
                m.putUserProperty(property.substring(0, eq), property.substring(eq + 1));
            }
        }
        return m;
    }

    private static String body(Message m) {
        return m.getBody().length > 256 ? "" : new String(m.getBody(), StandardCharsets.UTF_8);
    }

    private static String bodies(List<Message> messages) {
        List<String> all = new ArrayList<>();
        messages.forEach(m -> all.add(body(m)));
        return String.join(",", all);
    }

    private static void report(String mode, String body, SendResult r) {
        new Line("sent").put("mode", mode).put("body", body).put("status", r.getSendStatus()).put("msgId", r.getMsgId())
            .put("offsetMsgId", r.getOffsetMsgId()).put("transactionId", r.getTransactionId()).put("regionId", r.getRegionId())
            .put("traceOn", r.isTraceOn()).put("queueOffset", r.getQueueOffset())
            .put("brokerName", r.getMessageQueue().getBrokerName()).put("queueId", r.getMessageQueue().getQueueId())
            .put("topic", r.getMessageQueue().getTopic()).print();
    }
}
