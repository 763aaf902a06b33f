package org.plumemq.interop;

import java.lang.reflect.Method;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.rocketmq.common.UtilAll;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageDecoder;
import org.apache.rocketmq.common.message.MessageExt;

/** Golden vectors of package message: records, batches, properties strings, ids, hash codes, checksums, compression. */
final class MessageVectors {
    private static final String PROPERTIES = "KEYS\u0001k1 k2\u0002TAGS\u0001TagA\u0002UNIQ_KEY\u00017F0000010001\u0002"
        + "WAIT\u0001true\u0002\u4e2d\u6587\u0001\u00e9\ud83d\ude00 =\u0002";
    private static final byte[] BODY = "body \u4e2d\u6587 \u0000\u0001\u0002".getBytes(StandardCharsets.UTF_8);
    private final List<String> lines;

    MessageVectors(List<String> lines) {
        this.lines = lines;
    }

    void all() throws Exception {
        record("v1", "TopicTest", 0, "127.0.0.1", "192.168.255.254", BODY);
        record("born v6", "TopicTest", 0x10, "2001:db8::1", "192.168.255.254", BODY);
        record("both v6", "TopicTest", 0x30, "2001:db8::1", "fe80:1:2:3:4:5:6:fffe", BODY);
        record("prepared", "TopicTest", 0x4, "127.0.0.1", "192.168.255.254", BODY);
        record("empty body", "T", 0, "127.0.0.1", "192.168.255.254", new byte[0]);
        record("compressed", "TopicTest", 0x1, "127.0.0.1", "192.168.255.254", large());
        storeRecords();
        batch();
        properties();
        ids();
        for (String s : new String[] {"", "TagA", "a", "\u4e2d\u6587", "\ud83d\ude00x", "polygenelubricants", "Tag-with-a-longer-name_09"}) {
            lines.add(Line.object().put("kind", "hash").put("text", s).put("hash", (long) s.hashCode()).finish());
        }
        for (byte[] b : new byte[][] {{}, {0}, "123456789".getBytes(StandardCharsets.UTF_8), BODY, large()}) {
            lines.add(Line.object().put("kind", "crc32").put("hex", b).put("crc", UtilAll.crc32(b)).finish());
        }
        compress();
    }

    private static byte[] large() {
        byte[] b = new byte[600];
        for (int i = 0; i < b.length; i++) {
            b[i] = (byte) (i / 7 % 13);
        }
        return b;
    }

    private static MessageExt ext(String topic, int sysFlag, String born, String store, byte[] body) throws Exception {
        MessageExt m = new MessageExt();
        fillExt(m, topic, sysFlag, born, store, body);
        return m;
    }

    static void fillExt(MessageExt m, String topic, int sysFlag, String born, String store, byte[] body) throws Exception {
        m.setTopic(topic);
        m.setBody(body);
        m.setFlag(0x01020304);
        m.setQueueId(0x05060708);
        m.setQueueOffset(0x1112131415161718L);
        m.setCommitLogOffset(0x2122232425262728L);
        m.setSysFlag(sysFlag);
        m.setBornTimestamp(1700000000123L);
        m.setStoreTimestamp(1700000000456L);
        m.setBornHost(new InetSocketAddress(InetAddress.getByName(born), 54321));
        m.setStoreHost(new InetSocketAddress(InetAddress.getByName(store), 10911));
        m.setReconsumeTimes(3);
        m.setPreparedTransactionOffset(0x3132333435363738L);
        m.setBodyCRC(UtilAll.crc32(body));
        Method setProperties = Message.class.getDeclaredMethod("setProperties", Map.class);
        setProperties.setAccessible(true);
        setProperties.invoke(m, MessageDecoder.string2messageProperties(PROPERTIES));
    }

    private void record(String variant, String topic, int sysFlag, String born, String store, byte[] body) throws Exception {
        boolean compress = (sysFlag & 1) != 0;
        MessageExt m = ext(topic, sysFlag, born, store, body);
        m.setBodyCRC(UtilAll.crc32(compress ? UtilAll.compress(body, 5) : body)); // brokers check what they store
        byte[] encoded = MessageDecoder.encode(m, compress);
        addRecord(variant, encoded);
    }

    /** A record and what Java reads in it. */
    private void addRecord(String variant, byte[] encoded) {
        MessageExt m = MessageDecoder.decode(ByteBuffer.wrap(encoded), true, true, false);
        lines.add(Line.object().put("kind", "record").put("variant", variant).put("hex", encoded).put("topic", m.getTopic())
            .put("flag", m.getFlag()).put("queueId", m.getQueueId()).put("queueOffset", m.getQueueOffset())
            .put("commitLogOffset", m.getCommitLogOffset()).put("sysFlag", m.getSysFlag()).put("bornTimestamp", m.getBornTimestamp())
            .put("storeTimestamp", m.getStoreTimestamp()).put("bornHost", host(m.getBornHost())).put("storeHost", host(m.getStoreHost()))
            .put("reconsumeTimes", m.getReconsumeTimes()).put("preparedTransactionOffset", m.getPreparedTransactionOffset())
            .put("bodyCRC", m.getBodyCRC()).put("storeSize", m.getStoreSize()).put("msgId", m.getMsgId()).put("body", m.getBody())
            .put("properties", m.getProperties()).finish());
    }

    private static String host(SocketAddress address) {
        InetSocketAddress a = (InetSocketAddress) address;
        String ip = a.getAddress().getHostAddress();
        return ip.contains(":") ? "[" + ip + "]:" + a.getPort() : ip + ":" + a.getPort();
    }

    /** Records by the store's own encoder, which 5.x has: version 2, and the checksum in the properties. */
    private void storeRecords() throws Exception {
        Class<?> records;
        try {
            records = Class.forName("org.plumemq.interop.StoreRecords");
        } catch (ClassNotFoundException e) {
            return; // 4.9.7.
        }
        Map<String, byte[]> encoded = new LinkedHashMap<>();
        records.getDeclaredMethod("encode", Map.class, String.class).invoke(null, encoded, PROPERTIES);
        encoded.forEach(this::addRecord);
    }

    private void batch() throws Exception {
        List<Message> messages = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Message m = new Message("TopicTest", "TagA", "k" + i, ("batch \u4e2d " + i).getBytes(StandardCharsets.UTF_8));
            m.setFlag(i * 1000);
            messages.add(m);
        }
        messages.get(1).setBody(new byte[0]);
        List<Line> items = new ArrayList<>();
        for (Message m : messages) {
            items.add(Line.object().put("flag", m.getFlag()).put("body", m.getBody()).put("properties", m.getProperties()));
        }
        lines.add(Line.object().put("kind", "batch").put("hex", MessageDecoder.encodeMessages(messages)).put("items", items).finish());
    }

    private void properties() {
        String[] texts = {
            PROPERTIES, "a\u0001b", "a\u0001b\u0002", "a\u0001\u0002b\u0001c\u0002", "\u0001v\u0002a\u0001b", "ab\u0002c\u0001d", "a\u0001b\u0001c\u0002d\u0001e",
            "a\u0001b\u0002a\u0001c\u0002", "\u0002\u0002a\u0001b\u0002\u0002", "a", "\u0001", "\u0002", "a\u0001", "x\u0001 \u0002",
        };
        for (String text : texts) {
            lines.add(Line.object().put("kind", "parseProperties").put("text", text)
                .put("properties", MessageDecoder.string2messageProperties(text)).finish());
        }
        Map<String, String> one = new LinkedHashMap<>();
        one.put("KEYS", "k1 k2");
        lines.add(Line.object().put("kind", "formatProperties").put("properties", one)
            .put("text", MessageDecoder.messageProperties2String(one)).finish());
    }

    private void ids() throws Exception {
        for (String ip : new String[] {"127.0.0.1", "192.168.255.254", "2001:db8::1"}) {
            InetSocketAddress address = new InetSocketAddress(InetAddress.getByName(ip), 10911);
            String id = MessageDecoder.createMessageId(address, 0x0102030405060708L);
            lines.add(Line.object().put("kind", "offsetMsgId").put("host", host(address)).put("offset", 0x0102030405060708L)
                .put("id", id).finish());
        }
    }

    private void compress() throws Exception {
        lines.add(Line.object().put("kind", "compressed").put("type", "ZLIB").put("hex", UtilAll.compress(large(), 5))
            .put("body", large()).finish());
        Class<?> factory;
        try {
            factory = Class.forName("org.apache.rocketmq.common.compression.CompressorFactory");
        } catch (ClassNotFoundException e) {
            return; // 4.9.7 knows zlib only.
        }
        Class<?> types = Class.forName("org.apache.rocketmq.common.compression.CompressionType");
        for (Object type : types.getEnumConstants()) {
            Object compressor = factory.getMethod("getCompressor", types).invoke(null, type);
            Method compress = Class.forName("org.apache.rocketmq.common.compression.Compressor").getMethod("compress", byte[].class, int.class);
            lines.add(Line.object().put("kind", "compressed").put("type", type).put("hex", (byte[]) compress.invoke(compressor, large(), 5))
                .put("body", large()).finish());
        }
    }
}
