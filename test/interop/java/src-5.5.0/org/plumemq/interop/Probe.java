package org.plumemq.interop;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.apache.rocketmq.client.MQAdmin;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.MQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * A producer with Apache's own defaults, its timeouts aside. It carries out the comma separated steps of --script, one after
 * another, and prints a line for each: sync, async, transaction, block (as many async sends as there are callback threads, whose
 * callbacks wait until the program ends), pending (an async send that is not waited for), create:TOPIC:QUEUES, interfaces,
 * pause:MS.
 */
public final class Probe {
    private final TransactionMQProducer producer;
    private final Args args;
    private final CountDownLatch end = new CountDownLatch(1);

    private Probe(Args args) {
        this.args = args;
        this.producer = new TransactionMQProducer(args.get("group", "probe"));
    }

    public static void main(String[] argv) throws Exception {
        new Probe(new Args(argv, 0)).run();
        System.out.flush();
        Runtime.getRuntime().halt(0); // whatever threads Apache's client leaves
    }

    private void run() throws Exception {
        producer.setNamesrvAddr(args.need("namesrv"));
        producer.setSendMsgTimeout(args.number("timeout", 30000));
        producer.setMqClientApiTimeout(30000);
        producer.setTransactionListener(new Commit());
        producer.start();
        new Line("started").print();
        for (String step : args.need("script").split(",")) {
            try {
                perform(step.split(":"));
            } catch (Exception e) {
                new Line("failed").put("step", step).put("error", String.valueOf(e)).print();
            }
        }
        end.countDown();
        producer.shutdown();
        new Line("done").print();
    }

    private void perform(String[] step) throws Exception {
        switch (step[0]) {
            case "sync":
                report("sync", producer.send(message()));
                break;
            case "async":
                CountDownLatch answered = new CountDownLatch(1);
                producer.send(message(), new Callback(answered::countDown));
                answered.await();
                break;
            case "pending":
                producer.send(message(), new Callback(() -> { }));
                Thread.sleep(1000); // It is sent by a thread of the producer's.
                new Line("pending").print();
                break;
            case "block":
                block();
                break;
            case "transaction":
                report("transaction", producer.sendMessageInTransaction(message(), null));
                break;
            case "create":
                producer.createTopic("TBW102", step[1], Integer.parseInt(step[2]), null);
                new Line("created").put("topic", step[1]).print();
                break;
            case "interfaces":
                new Line("interfaces").put("producerIsAdmin", MQAdmin.class.isAssignableFrom(MQProducer.class))
                    .put("implements", MQProducer.class.isAssignableFrom(DefaultMQProducer.class))
                    .put("adminCreates", declares(MQAdmin.class, "createTopic"))
                    .put("adminSends", declares(MQAdmin.class, "send")).put("producerSends", declares(MQProducer.class, "send")).print();
                break;
            case "pause":
                new Line("pause").print();
                Thread.sleep(Long.parseLong(step[1]));
                break;
            default:
                throw new IllegalArgumentException(step[0]);
        }
    }

    private void block() throws Exception {
        int threads = producer.getClientCallbackExecutorThreads();
        CountDownLatch blocked = new CountDownLatch(threads);
        for (int i = 0; i < threads; i++) {
            producer.send(message(), new Callback(() -> {
                blocked.countDown();
                try {
                    end.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }));
        }
        blocked.await();
        new Line("blocked").put("threads", threads).print();
    }

    private Message message() {
        return new Message(args.need("topic"), "probe".getBytes());
    }

    private static boolean declares(Class<?> type, String method) {
        List<String> names = new ArrayList<>();
        for (java.lang.reflect.Method m : type.getDeclaredMethods()) {
            names.add(m.getName());
        }
        return names.contains(method);
    }

    private static void report(String mode, SendResult r) {
        new Line("sent").put("mode", mode).put("status", r.getSendStatus()).put("thread", Thread.currentThread().getName()).print();
    }

    private static final class Callback implements SendCallback {
        private final Runnable then;

        Callback(Runnable then) {
            this.then = then;
        }

        @Override
        public void onSuccess(SendResult result) {
            report("async", result);
            then.run();
        }

        @Override
        public void onException(Throwable e) {
            new Line("failed").put("step", "async").put("error", String.valueOf(e)).print();
            then.run();
        }
    }

    private static final class Commit implements TransactionListener {
        @Override
        public LocalTransactionState executeLocalTransaction(Message msg, Object arg) {
            return LocalTransactionState.COMMIT_MESSAGE;
        }

        @Override
        public LocalTransactionState checkLocalTransaction(MessageExt msg) {
            return LocalTransactionState.COMMIT_MESSAGE;
        }
    }
}
