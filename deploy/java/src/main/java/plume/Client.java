package plume;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;

/** Sends a message every second, and consumes the topic in a group of its own: also what Plume's producer sends. */
public final class Client {
    private static final String TOPIC = "TopicTest";

    public static void main(String[] args) throws Exception {
        String nameServer = System.getenv().getOrDefault("NAMESRV_ADDR", "127.0.0.1:9876");

        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer("java-consumers");
        consumer.setNamesrvAddr(nameServer);
        consumer.subscribe(TOPIC, "*");
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> ConsumeConcurrentlyStatus.CONSUME_SUCCESS);
        consumer.start();

        DefaultMQProducer producer = new DefaultMQProducer("java-producers");
        producer.setNamesrvAddr(nameServer);
        producer.start();

        for (long n = 1; ; n++) {
            try {
                producer.send(new Message(TOPIC, "java", ("from Java " + n).getBytes(StandardCharsets.UTF_8)));
                if (n == 1) {
                    Files.createFile(Path.of(System.getProperty("java.io.tmpdir"), "ready")); // for the health check
                }
            } catch (Exception e) {
                System.err.println("message " + n + ": " + e);
            }
            Thread.sleep(1000);
        }
    }

    private Client() {
    }
}
