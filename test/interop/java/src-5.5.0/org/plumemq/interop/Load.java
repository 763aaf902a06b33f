package org.plumemq.interop;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.Message;

/**
 * Threads that send and wait for their answers, one message after another, through producers of Apache's with Apache's own settings.
 * The comma separated steps of --script are CALLERS:PRODUCERS:MESSAGES: so many threads, dealt over so many producers, send so many
 * messages in all. A producer has connections of its own, made before the clock starts and closed before the next step.
 */
public final class Load {
    private final Args args;

    private Load(Args args) {
        this.args = args;
    }

    public static void main(String[] argv) throws Exception {
        int status = 1;
        try {
            new Load(new Args(argv, 0)).run();
            status = 0;
        } catch (Exception e) {
            e.printStackTrace();
        }
        System.out.flush();
        Runtime.getRuntime().halt(status); // whatever threads Apache's client leaves
    }

    private void run() throws Exception {
        for (String step : args.need("script").split(",")) {
            String[] numbers = step.split(":");
            perform(Integer.parseInt(numbers[0]), Integer.parseInt(numbers[1]), Integer.parseInt(numbers[2]));
        }
        new Line("done").print();
    }

    private void perform(int callers, int connections, int messages) throws Exception {
        List<DefaultMQProducer> producers = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            producers.add(producer());
        }
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger stored = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < callers; i++) {
            DefaultMQProducer mine = producers.get(i % connections);
            threads.add(new Thread(() -> send(mine, go, messages / callers, stored)));
        }
        threads.forEach(Thread::start);
        long began = System.nanoTime();
        go.countDown();
        for (Thread t : threads) {
            t.join();
        }
        new Line("load").put("callers", callers).put("producers", connections).put("stored", stored.get())
            .put("micros", (System.nanoTime() - began) / 1000).print();
        producers.forEach(DefaultMQProducer::shutdown);
    }

    /** A started producer that has sent a message: it knows the route and is connected. */
    private DefaultMQProducer producer() throws Exception {
        DefaultMQProducer p = new DefaultMQProducer("load");
        p.setNamesrvAddr(args.need("namesrv"));
        p.setSendMsgTimeout(30000);
        p.start();
        p.send(message());
        return p;
    }

    private void send(DefaultMQProducer p, CountDownLatch go, int messages, AtomicInteger stored) {
        try {
            go.await();
            for (int i = 0; i < messages; i++) {
                if (p.send(message()).getSendStatus() == SendStatus.SEND_OK) {
                    stored.incrementAndGet();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            new Line("failed").put("error", String.valueOf(e)).print();
        }
    }

    private Message message() {
        return new Message(args.need("topic"), "load".getBytes());
    }
}
