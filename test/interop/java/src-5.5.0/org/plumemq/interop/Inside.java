package org.plumemq.interop;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Exchanger;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.rocketmq.client.impl.producer.TopicPublishInfo;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.protocol.route.QueueData;

/**
 * A producer of Apache's, seen from inside by a {@link Watch}. It carries out the comma separated steps of --script and prints a
 * line for each: sync, async, oneway, find:BROKER, queues, parts, channels, held and pending (a sync and an async send, looked at
 * while they wait for their answers), turns:N (two threads that send in turn), crowd:N (as many threads that send at once),
 * timed:MS (a send with a timeout of its own), retries:N, pause:MS.
 */
public final class Inside {
    private final Args args;
    private final Watch watch = new Watch();
    private final DefaultMQProducer producer;

    private Inside(Args args) {
        this.args = args;
        this.producer = new DefaultMQProducer(args.get("group", "inside"), watch);
    }

    public static void main(String[] argv) throws Exception {
        int status = 1;
        try {
            new Inside(new Args(argv, 0)).run();
            status = 0;
        } catch (Exception e) {
            e.printStackTrace();
        }
        System.out.flush();
        Runtime.getRuntime().halt(status); // whatever threads Apache's client leaves
    }

    private void run() throws Exception {
        new Line("defaults").put("timeout", producer.getSendMsgTimeout()).put("retries", producer.getRetryTimesWhenSendFailed())
            .put("asyncRetries", producer.getRetryTimesWhenSendAsyncFailed()).print();
        producer.setNamesrvAddr(args.need("namesrv"));
        producer.setSendMsgTimeout(args.number("timeout", 30000));
        producer.start();
        watch.install(producer);
        for (String step : args.need("script").split(",")) {
            try {
                perform(step.split(":"));
            } catch (Exception e) {
                new Line("failed").put("step", step).put("error", String.valueOf(e)).print();
            }
        }
        producer.shutdown();
        new Line("done").print();
    }

    private void perform(String[] step) throws Exception {
        int n = step.length > 1 && step[1].matches("\\d+") ? Integer.parseInt(step[1]) : 0;
        switch (step[0]) {
            case "sync":
                report("sync", producer.send(message()));
                break;
            case "async":
                async().await();
                break;
            case "oneway":
                producer.sendOneway(message());
                new Line("sent").put("mode", "oneway").print();
                break;
            case "find":
                new Line("found").put("addr", watch.instance().findBrokerAddressInPublish(step[1])).print();
                break;
            case "queues":
                queues();
                break;
            case "parts":
                watch.parts();
                break;
            case "channels":
                watch.channels();
                break;
            case "held":
                Thread caller = thread("caller", () -> report("sync", producer.send(message())));
                watch.waiting("held", caller);
                caller.join();
                new Line("released").put("left", watch.waitingSends().size()).print();
                break;
            case "pending":
                CountDownLatch answered = async();
                watch.waiting("pending", Thread.currentThread());
                answered.await();
                break;
            case "turns":
                turns(n);
                break;
            case "crowd":
                crowd(n);
                break;
            case "timed":
                long began = System.nanoTime();
                try {
                    producer.send(message(), n);
                } catch (Exception e) {
                    new Line("timed").put("took", (System.nanoTime() - began) / 1000000).put("error", e.getClass().getSimpleName()).print();
                }
                break;
            case "retries":
                producer.setRetryTimesWhenSendFailed(n);
                producer.setRetryTimesWhenSendAsyncFailed(n);
                break;
            case "pause":
                new Line("pause").print();
                Thread.sleep(n);
                break;
            default:
                throw new IllegalArgumentException(step[0]);
        }
    }

    private CountDownLatch async() throws Exception {
        CountDownLatch answered = new CountDownLatch(1);
        producer.send(message(), new SendCallback() {
            @Override
            public void onSuccess(SendResult result) {
                report("async", result);
                answered.countDown();
            }

            @Override
            public void onException(Throwable e) {
                new Line("failed").put("step", "async").put("error", String.valueOf(e)).print();
                answered.countDown();
            }
        });
        new Line("returned").print();
        return answered;
    }

    private void queues() {
        TopicPublishInfo info = producer.getDefaultMQProducerImpl().getTopicPublishInfoTable().get(args.need("topic"));
        List<String> list = new ArrayList<>();
        for (MessageQueue mq : info.getMessageQueueList()) {
            list.add(mq.getTopic() + "/" + mq.getBrokerName() + "/" + mq.getQueueId());
        }
        List<String> counts = new ArrayList<>();
        for (QueueData data : info.getTopicRouteData().getQueueDatas()) {
            counts.add(data.getBrokerName() + "/" + data.getReadQueueNums() + "/" + data.getWriteQueueNums() + "/" + data.getPerm());
        }
        new Line("queues").put("list", list).put("counts", counts).print();
    }

    /** Each of two threads sends when the other one has. */
    private void turns(int n) throws Exception {
        Exchanger<String> turn = new Exchanger<>();
        Thread first = thread("first", () -> {
            for (int i = 0; i < n; i++) {
                producer.send(message());
                turn.exchange("");
                turn.exchange("");
            }
        });
        Thread second = thread("second", () -> {
            for (int i = 0; i < n; i++) {
                turn.exchange("");
                producer.send(message());
                turn.exchange("");
            }
        });
        first.join();
        second.join();
        new Line("turned").print();
    }

    private void crowd(int n) throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger sent = new AtomicInteger();
        List<Thread> all = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            all.add(thread("crowd-" + i, () -> {
                go.await();
                producer.send(message());
                sent.incrementAndGet();
            }));
        }
        go.countDown();
        for (Thread t : all) {
            t.join();
        }
        new Line("crowd").put("sent", sent.get()).print();
    }

    private Message message() {
        return new Message(args.need("topic"), "inside".getBytes());
    }

    private static void report(String mode, SendResult r) {
        new Line("sent").put("mode", mode).put("status", r.getSendStatus()).put("msgId", r.getMsgId()).print();
    }

    private interface Work {
        void run() throws Exception;
    }

    private static Thread thread(String name, Work work) {
        Thread t = new Thread(() -> {
            try {
                work.run();
            } catch (Exception e) {
                new Line("failed").put("step", name).put("error", String.valueOf(e)).print();
            }
        }, name);
        t.start();
        return t;
    }
}
