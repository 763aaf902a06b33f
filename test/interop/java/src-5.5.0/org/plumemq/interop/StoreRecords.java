package org.plumemq.interop;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.rocketmq.common.message.MessageDecoder;
import org.apache.rocketmq.common.message.MessageExtBrokerInner;
import org.apache.rocketmq.common.message.MessageVersion;
import org.apache.rocketmq.common.UtilAll;
import org.apache.rocketmq.store.MessageExtEncoder;
import org.apache.rocketmq.store.config.MessageStoreConfig;

/** Records as the store of 5.x writes them. */
final class StoreRecords {
    private StoreRecords() {
    }

    static void encode(Map<String, byte[]> into, String properties) throws Exception {
        into.put("store v1", encode(MessageVersion.MESSAGE_VERSION_V1, "TopicTest", 0, properties, false));
        String topic = "%RETRY%" + new String(new char[150]).replace('\0', 't');
        into.put("store v2", encode(MessageVersion.MESSAGE_VERSION_V2, topic, 0, properties, false));
        into.put("store v2 v6", encode(MessageVersion.MESSAGE_VERSION_V2, topic, 0x30, properties, false));
        into.put("store v1 crc", encode(MessageVersion.MESSAGE_VERSION_V1, "TopicTest", 0, properties, true));
    }

    private static byte[] encode(MessageVersion version, String topic, int sysFlag, String properties, boolean crc) throws Exception {
        MessageStoreConfig config = new MessageStoreConfig();
        config.setMaxMessageSize(64 * 1024);
        config.setEnabledAppendPropCRC(crc);
        boolean v6 = sysFlag != 0;
        MessageExtBrokerInner m = new MessageExtBrokerInner();
        MessageVectors.fillExt(m, topic, sysFlag, v6 ? "2001:db8::2" : "10.0.0.1", v6 ? "2001:db8::3" : "10.0.0.2",
            "stored".getBytes(StandardCharsets.UTF_8));
        m.setVersion(version);
        m.setPropertiesString(properties);
        MessageExtEncoder encoder = new MessageExtEncoder(config);
        if (encoder.encode(m) != null) {
            throw new IllegalStateException("refused");
        }
        ByteBuffer buffer = encoder.getEncoderBuffer();
        byte[] record = new byte[buffer.getInt(0)];
        buffer.duplicate().get(record);
        // The commit log itself fills in the physical offset, and the checksum last of all.
        ByteBuffer.wrap(record).putLong(28, m.getCommitLogOffset());
        if (crc) {
            ByteBuffer all = ByteBuffer.wrap(record);
            int reserved = 20;
            int checksum = UtilAll.crc32(record, 0, record.length - reserved);
            all.position(record.length - reserved);
            MessageDecoder.createCrc32(all, checksum);
        }
        return record;
    }
}
