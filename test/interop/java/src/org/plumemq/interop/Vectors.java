package org.plumemq.interop;

import java.io.OutputStream;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.apache.rocketmq.common.MQVersion;
import org.apache.rocketmq.remoting.CommandCustomHeader;
import org.apache.rocketmq.remoting.protocol.LanguageCode;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;
import org.apache.rocketmq.remoting.protocol.RemotingSerializable;
import org.apache.rocketmq.remoting.protocol.SerializeType;

/** Writes golden vectors: --protocol and --message name the files. See README.md for their form. */
final class Vectors {
    /** Request code, request header, response header; "-" where there is none. */
    private static final String[] HEADERS = {
        "10 SendMessageRequestHeader SendMessageResponseHeader", "310 SendMessageRequestHeaderV2 -",
        "11 PullMessageRequestHeader PullMessageResponseHeader", "12 QueryMessageRequestHeader QueryMessageResponseHeader",
        "14 QueryConsumerOffsetRequestHeader QueryConsumerOffsetResponseHeader", "15 UpdateConsumerOffsetRequestHeader -",
        "17 CreateTopicRequestHeader -", "26 - GetBrokerConfigResponseHeader",
        "29 SearchOffsetRequestHeader SearchOffsetResponseHeader", "30 GetMaxOffsetRequestHeader GetMaxOffsetResponseHeader",
        "31 GetMinOffsetRequestHeader GetMinOffsetResponseHeader",
        "32 GetEarliestMsgStoretimeRequestHeader GetEarliestMsgStoretimeResponseHeader", "33 ViewMessageRequestHeader -",
        "35 UnregisterClientRequestHeader -", "36 ConsumerSendMsgBackRequestHeader -", "37 EndTransactionRequestHeader -",
        "38 GetConsumerListByGroupRequestHeader -", "39 CheckTransactionStateRequestHeader -",
        "40 NotifyConsumerIdsChangedRequestHeader -", "100 PutKVConfigRequestHeader -",
        "101 GetKVConfigRequestHeader GetKVConfigResponseHeader", "102 DeleteKVConfigRequestHeader -",
        "103 RegisterBrokerRequestHeader RegisterBrokerResponseHeader", "104 UnRegisterBrokerRequestHeader -",
        "105 GetRouteInfoRequestHeader -", "202 GetTopicStatsInfoRequestHeader -",
        "203 GetConsumerConnectionListRequestHeader -", "204 GetProducerConnectionListRequestHeader -",
        "205 WipeWritePermOfBrokerRequestHeader WipeWritePermOfBrokerResponseHeader", "207 DeleteSubscriptionGroupRequestHeader -",
        "208 GetConsumeStatsRequestHeader -", "215 DeleteTopicRequestHeader -", "216 DeleteTopicFromNamesrvRequestHeader -",
        "217 RegisterTopicRequestHeader -", "219 GetKVListByNamespaceRequestHeader -", "221 GetConsumerStatusRequestHeader -",
        "222 ResetOffsetRequestHeader -", "224 GetTopicsByClusterRequestHeader -", "300 QueryTopicConsumeByWhoRequestHeader -",
        "307 GetConsumerRunningInfoRequestHeader -", "309 ConsumeMessageDirectlyResultRequestHeader -",
        "315 ViewBrokerStatsDataRequestHeader -",
        "322 QueryDataVersionRequestHeader QueryDataVersionResponseHeader", "326 ReplyMessageRequestHeader -",
        "327 AddWritePermOfBrokerRequestHeader AddWritePermOfBrokerResponseHeader", "351 GetTopicConfigRequestHeader -",
        "901 GetBrokerMemberGroupRequestHeader -", "904 BrokerHeartbeatRequestHeader -",
    };
    private static final String[] BODIES = {
        "route.TopicRouteData", "heartbeat.HeartbeatData", "heartbeat.SubscriptionData", "RegisterBrokerBody",
        "TopicConfigSerializeWrapper", "TopicConfigAndMappingSerializeWrapper", "admin.TopicStatsTable",
        "admin.ConsumeStats", "ConsumerConnection", "ProducerConnection", "ClusterInfo", "ResetOffsetBody",
        "GetConsumerStatusBody", "ConsumerRunningInfo", "GroupList", "TopicList", "KVTable", "LockBatchRequestBody",
        "LockBatchResponseBody", "UnlockBatchRequestBody", "GetConsumerListByGroupResponseBody", "SubscriptionGroupWrapper",
        "ConsumerOffsetSerializeWrapper", "BrokerStatsData",
        "CheckClientRequestBody", "ConsumeMessageDirectlyResult", "BrokerMemberGroup",
        "TopicConfig", "DataVersion", "subscription.SubscriptionGroupConfig",
    };

    /** Those that also lie in files, indented. */
    private static final List<String> FILES = java.util.Arrays.asList("TopicConfigSerializeWrapper", "SubscriptionGroupWrapper",
        "ConsumerOffsetSerializeWrapper");

    private final List<String> lines = new ArrayList<>();

    static void run(Args args) throws Exception {
        Vectors v = new Vectors();
        for (String row : HEADERS) {
            String[] part = row.split(" ");
            v.header(Integer.parseInt(part[0]), part[1], false);
            v.header(Integer.parseInt(part[0]), part[2], true);
        }
        v.bare();
        for (String name : BODIES) {
            v.body(name);
        }
        v.write(args.need("protocol"));
        v.lines.clear();
        new MessageVectors(v.lines).all();
        v.write(args.need("message"));
    }

    private void write(String file) throws Exception {
        try (OutputStream out = Files.newOutputStream(Paths.get(file))) {
            for (String line : lines) {
                out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
            }
        }
        new Line("written").put("file", file).put("vectors", lines.size()).print();
    }

    private void header(int code, String name, boolean response) throws Exception {
        Class<?> type = name.equals("-") ? null : Classes.lookup(name);
        if (type == null) {
            return;
        }
        for (boolean edges : new boolean[] {false, true}) {
            CommandCustomHeader header = (CommandCustomHeader) new Filler(edges).fill(type);
            frame(name, code, response, edges ? "edges" : "plain", header);
        }
    }

    /** Commands without a header: with and without remark and body. */
    private void bare() throws Exception {
        frame("", 206, false, "empty", null);
        frame("", 17, true, "remark", null);
    }

    private void frame(String name, int code, boolean response, String variant, CommandCustomHeader header) throws Exception {
        Line line = Line.object().put("kind", "command").put("class", name).put("variant", variant)
            .put("code", code).put("response", response);
        for (SerializeType type : SerializeType.values()) {
            RemotingCommand c = command(code, response, variant, header);
            c.setSerializeTypeCurrentRPC(type);
            byte[] body = variant.equals("empty") ? null : "body\u0000\u00ff".getBytes(StandardCharsets.ISO_8859_1);
            c.setBody(body);
            ByteBuffer encoded = c.encode();
            byte[] frame = new byte[encoded.remaining()];
            encoded.get(frame);
            int bodyLength = body == null ? 0 : body.length;
            if (type == SerializeType.ROCKETMQ) {
                line.put("binary", frame);
            } else {
                line.put("jsonPrefix", java.util.Arrays.copyOf(frame, 8)).put("json",
                    new String(frame, 8, frame.length - 8 - bodyLength, StandardCharsets.UTF_8));
            }
            if (type == SerializeType.JSON) {
                line.put("opaque", c.getOpaque()).put("flag", c.getFlag()).put("version", c.getVersion())
                    .put("language", c.getLanguage()).put("remark", c.getRemark()).put("body", body == null ? new byte[0] : body)
                    .put("fields", c.getExtFields() == null ? new TreeMap<>() : c.getExtFields());
            }
        }
        lines.add(line.finish());
    }

    private RemotingCommand command(int code, boolean response, String variant, CommandCustomHeader header) throws Exception {
        RemotingCommand c = RemotingCommand.createRequestCommand(code, header);
        if (response) {
            c.markResponseType();
        }
        c.setVersion(MQVersion.CURRENT_VERSION);
        c.setOpaque(variant.equals("edges") ? Integer.MIN_VALUE : 70000 + code);
        c.setLanguage(variant.equals("edges") ? LanguageCode.GO : LanguageCode.JAVA);
        if (variant.equals("remark") || variant.equals("edges")) {
            c.setRemark("remark \"\\\n\u0001\u00e9\u4e2d\u6587\ud83d\ude00");
        }
        return c;
    }

    private void body(String name) throws Exception {
        Class<?> type = Classes.lookup(name);
        if (type == null) {
            type = Classes.lookup(name.substring(name.indexOf('.') + 1));
        }
        if (type == null) {
            return;
        }
        for (boolean edges : new boolean[] {false, true}) {
            Object body = new Filler(edges).fill(type);
            add(name, edges ? "edges" : "plain", RemotingSerializable.encode(body));
            if (name.equals("route.TopicRouteData")) {
                standard(name, edges ? "standard edges" : "standard", body);
            }
            if (FILES.contains(name) && !edges) {
                add(name, "pretty", RemotingSerializable.toJson(body, true).getBytes(StandardCharsets.UTF_8));
            }
            if (name.equals("RegisterBrokerBody") && !edges) {
                add(name, "deflated", registerBrokerBody(type));
            }
        }
    }

    private void standard(String name, String variant, Object route) throws Exception {
        Class<?> encoder;
        try {
            encoder = Class.forName("org.plumemq.interop.StandardRoute");
        } catch (ClassNotFoundException e) {
            return; // 4.9.7.
        }
        add(name, variant, (byte[]) encoder.getDeclaredMethod("encode", Object.class).invoke(null, route));
    }

    private void add(String name, String variant, byte[] encoded) {
        Line line = Line.object().put("kind", "body").put("class", name.substring(name.indexOf('.') + 1)).put("variant", variant);
        if (variant.equals("deflated")) {
            line.put("hex", encoded);
        } else {
            line.put("text", new String(encoded, StandardCharsets.UTF_8));
        }
        lines.add(line.finish());
    }

    /** The deflated form keys its topics by their name, so the filled object is made consistent first. */
    private byte[] registerBrokerBody(Class<?> type) throws Exception {
        Object body = new Filler(false).fill(type);
        Field wrapperField = type.getDeclaredField("topicConfigSerializeWrapper");
        wrapperField.setAccessible(true);
        Object wrapper = wrapperField.get(body);
        Object table = wrapper.getClass().getMethod("getTopicConfigTable").invoke(wrapper);
        Object config = ((java.util.Map<?, ?>) table).values().iterator().next();
        String topic = (String) config.getClass().getMethod("getTopicName").invoke(config);
        @SuppressWarnings("unchecked")
        java.util.Map<Object, Object> raw = (java.util.Map<Object, Object>) table;
        raw.clear();
        raw.put(topic, config);
        add("RegisterBrokerBody", "before deflating", RemotingSerializable.encode(body));
        return (byte[]) type.getMethod("encode", boolean.class).invoke(body, true);
    }
}
