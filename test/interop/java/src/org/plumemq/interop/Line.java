package org.plumemq.interop;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.rocketmq.common.message.MessageExt;

/** One JSON object on one line: what these programs answer with. */
final class Line {
    private static final char[] HEX = "0123456789abcdef".toCharArray();
    private static final PrintStream OUT = new PrintStream(System.out, true);
    private final StringBuilder text = new StringBuilder("{");

    Line(String event) {
        put("event", event);
    }

    private Line() {
    }

    static Line object() {
        return new Line();
    }

    Line put(String name, Object value) {
        if (text.length() > 1) {
            text.append(',');
        }
        quote(name);
        text.append(':');
        value(value);
        return this;
    }

    private void value(Object value) {
        if (value == null || value instanceof Number || value instanceof Boolean) {
            text.append(value);
        } else if (value instanceof Line) {
            text.append(((Line) value).finish());
        } else if (value instanceof byte[]) {
            quote(hex((byte[]) value));
        } else if (value instanceof Map) {
            Line inner = new Line();
            for (Map.Entry<?, ?> e : new java.util.TreeMap<>((Map<?, ?>) value).entrySet()) {
                inner.put(String.valueOf(e.getKey()), e.getValue());
            }
            text.append(inner.finish());
        } else if (value instanceof Iterable) {
            char separator = '[';
            for (Object item : (Iterable<?>) value) {
                text.append(separator);
                value(item);
                separator = ',';
            }
            text.append(separator == '[' ? "[]" : "]");
        } else {
            quote(String.valueOf(value));
        }
    }

    private void quote(String s) {
        text.append('"');
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            if (c == '"' || c == '\\') {
                text.append('\\').append(c);
            } else if (c < 0x20 || c == 0x7f || Character.isSurrogate(c) || c == 0x2028 || c == 0x2029) {
                text.append(String.format("\\u%04x", (int) c));
            } else {
                text.append(c);
            }
        }
        text.append('"');
    }

    String finish() {
        return text + "}";
    }

    void print() {
        byte[] line = (finish() + "\n").getBytes(StandardCharsets.UTF_8);
        synchronized (OUT) {
            OUT.write(line, 0, line.length);
            OUT.flush();
        }
    }

    static String hex(byte[] bytes) {
        StringBuilder sb = new StringBuilder(bytes.length * 2);
        for (byte b : bytes) {
            sb.append(HEX[b >> 4 & 15]).append(HEX[b & 15]);
        }
        return sb.toString();
    }

    /** Everything that a client can see of a message. Long bodies are told by length and checksum. */
    static Line of(String event, MessageExt m) {
        Line line = new Line(event).put("topic", m.getTopic()).put("brokerName", m.getBrokerName()).put("queueId", m.getQueueId())
            .put("queueOffset", m.getQueueOffset()).put("commitLogOffset", m.getCommitLogOffset()).put("msgId", m.getMsgId())
            .put("storeSize", m.getStoreSize()).put("sysFlag", m.getSysFlag()).put("flag", m.getFlag())
            .put("bornTimestamp", m.getBornTimestamp()).put("storeTimestamp", m.getStoreTimestamp())
            .put("bornHost", String.valueOf(m.getBornHostString())).put("reconsumeTimes", m.getReconsumeTimes())
            .put("bodyLength", m.getBody() == null ? 0 : m.getBody().length)
            .put("bodyCRC", m.getBody() == null ? 0 : org.apache.rocketmq.common.UtilAll.crc32(m.getBody()))
            .put("properties", m.getProperties());
        if (m instanceof org.apache.rocketmq.common.message.MessageClientExt) {
            line.put("offsetMsgId", ((org.apache.rocketmq.common.message.MessageClientExt) m).getOffsetMsgId());
        }
        if (m.getBody() != null && m.getBody().length <= 256) {
            line.put("body", new String(m.getBody(), StandardCharsets.UTF_8));
        }
        return line;
    }
}
