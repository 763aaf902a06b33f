package org.plumemq.interop;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.rocketmq.client.ClientConfig;
import org.apache.rocketmq.client.impl.factory.MQClientInstance;
import org.apache.rocketmq.client.impl.producer.TopicPublishInfo;
import org.apache.rocketmq.client.latency.MQFaultStrategy;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.ServiceThread;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.RPCHook;
import org.apache.rocketmq.remoting.RemotingClient;
import org.apache.rocketmq.remoting.netty.NettyRemotingClient;
import org.apache.rocketmq.remoting.netty.ResponseFuture;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;
import org.apache.rocketmq.remoting.protocol.RequestCode;

/**
 * What a producer does inside, as seen by what is put in its way: its choice of queues, its calls of the remoting client, the hook
 * that runs before a request leaves, and the first handler of each broker's channel. Each prints a line with the methods of Apache's
 * that led there, the outermost first.
 */
final class Watch implements RPCHook {
    private MQClientInstance instance;
    private NettyRemotingClient remoting;

    MQClientInstance instance() {
        return instance;
    }

    void install(DefaultMQProducer producer) throws Exception {
        instance = producer.getDefaultMQProducerImpl().getMqClientFactory();
        Object api = instance.getMQClientAPIImpl();
        remoting = (NettyRemotingClient) get(api, "remotingClient");
        set(api, "remotingClient", Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {RemotingClient.class}, this::call));
        set(producer.getDefaultMQProducerImpl(), "mqFaultStrategy", new Choice(producer.cloneClientConfig()));
    }

    private Object call(Object proxy, Method method, Object[] arguments) throws Throwable {
        if (method.getName().matches("invoke(Sync|Async|Oneway)")) {
            new Line("call").put("method", method.getName()).put("code", ((RemotingCommand) arguments[1]).getCode())
                .put("addr", arguments[0]).put("timeout", arguments[2]).put("thread", Thread.currentThread().getName())
                .put("stack", stack(Thread.currentThread())).print();
        }
        try {
            return method.invoke(remoting, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    @Override
    public synchronized void doBeforeRequest(String addr, RemotingCommand request) { // sends run on several threads
        if (remoting == null || request.getCode() != RequestCode.SEND_MESSAGE_V2) {
            return;
        }
        Channel channel = channelsByAddress().get(addr);
        if (channel != null && channel.pipeline().get("written") == null) {
            channel.pipeline().addLast("written", new Written());
        }
        new Line("hook").put("channel", channel != null && channel.isActive()).put("filed", responseTable().containsKey(request.getOpaque()))
            .put("opaque", request.getOpaque()).put("stack", stack(Thread.currentThread())).print();
    }

    @Override
    public void doAfterResponse(String addr, RemotingCommand request, RemotingCommand response) {
    }

    /** What is handed to a channel passes here first. */
    @ChannelHandler.Sharable
    private final class Written extends ChannelOutboundHandlerAdapter {
        @Override
        public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) throws Exception {
            RemotingCommand request = (RemotingCommand) msg;
            if (request.getCode() == RequestCode.SEND_MESSAGE_V2) {
                new Line("write").put("opaque", request.getOpaque()).put("filed", responseTable().containsKey(request.getOpaque())).print();
            }
            super.write(ctx, msg, promise);
        }
    }

    private static final class Choice extends MQFaultStrategy {
        Choice(ClientConfig config) {
            super(config, null, null);
        }

        @Override
        public MessageQueue selectOneMessageQueue(TopicPublishInfo info, String lastBrokerName, boolean resetIndex) {
            MessageQueue mq = super.selectOneMessageQueue(info, lastBrokerName, resetIndex);
            new Line("select").put("last", lastBrokerName).put("broker", mq.getBrokerName()).put("position", info.getMessageQueueList().indexOf(mq))
                .put("of", info.getMessageQueueList().size()).put("thread", Thread.currentThread().getName())
                .put("stack", stack(Thread.currentThread())).print();
            return mq;
        }
    }

    /** Waits for a send that waits for its answer, and tells of it. */
    void waiting(String event, Thread caller) throws Exception {
        ResponseFuture future = null;
        while (future == null || !future.isSendRequestOK()) {
            Thread.sleep(5);
            future = waitingSends().stream().findFirst().orElse(null);
        }
        new Line(event).put("opaque", future.getOpaque()).put("written", future.isSendRequestOK()).put("state", caller.getState())
            .put("stack", stack(caller)).print();
    }

    List<ResponseFuture> waitingSends() {
        List<ResponseFuture> sends = new ArrayList<>();
        for (ResponseFuture f : responseTable().values()) {
            if (f.getRequestCommand().getCode() == RequestCode.SEND_MESSAGE_V2) {
                sends.add(f);
            }
        }
        return sends;
    }

    /** Waits until the two services for consumers have nothing to do, and tells what there is. */
    void parts() throws Exception {
        while (thread("pullMessageService").getState() != Thread.State.WAITING
            || thread("rebalanceService").getState() != Thread.State.TIMED_WAITING) {
            Thread.sleep(5);
        }
        new Line("parts").put("producers", ((Map<?, ?>) get(instance, "producerTable")).keySet())
            .put("consumers", ((Map<?, ?>) get(instance, "consumerTable")).size())
            .put("api", get(instance, "mQClientAPIImpl").getClass().getSimpleName())
            .put("pull", thread("pullMessageService").isAlive()).put("rebalance", thread("rebalanceService").isAlive())
            .put("toPull", ((Collection<?>) get(get(instance, "pullMessageService"), "messageRequestQueue")).size()).print();
    }

    private Thread thread(String service) throws Exception {
        Field field = ServiceThread.class.getDeclaredField("thread");
        field.setAccessible(true);
        return (Thread) field.get(get(instance, service));
    }

    void channels() throws Exception {
        List<String> handlers = new ArrayList<>();
        Map<String, Channel> channels = channelsByAddress();
        for (Map.Entry<String, ChannelHandler> e : channels.values().iterator().next().pipeline()) {
            if (!(e.getValue() instanceof Written)) {
                handlers.add(e.getValue().getClass().getSimpleName());
            }
        }
        new Line("channels").put("addresses", channels.keySet()).put("handlers", handlers)
            .put("table", get(remoting, "channelTables").getClass().getSimpleName())
            .put("listener", remoting.getChannelEventListener() != null)
            .put("codes", new TreeSet<>(((Map<?, ?>) field(remoting, "processorTable").get(remoting)).keySet())).print();
    }

    private Map<String, Channel> channelsByAddress() {
        try {
            Map<String, Channel> channels = new java.util.TreeMap<>();
            for (Map.Entry<?, ?> e : ((Map<?, ?>) get(remoting, "channelTables")).entrySet()) {
                Method channel = e.getValue().getClass().getDeclaredMethod("getChannel");
                channel.setAccessible(true);
                channels.put((String) e.getKey(), (Channel) channel.invoke(e.getValue()));
            }
            return channels;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    @SuppressWarnings("unchecked")
    private Map<Integer, ResponseFuture> responseTable() {
        try {
            return (Map<Integer, ResponseFuture>) get(remoting, "responseTable");
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> stack(Thread thread) {
        List<String> methods = new ArrayList<>();
        for (StackTraceElement e : thread.getStackTrace()) {
            if (e.getClassName().startsWith("org.apache.rocketmq.")) {
                methods.add(e.getClassName().replaceAll(".*[.]", "") + "#" + e.getMethodName());
            }
        }
        Collections.reverse(methods);
        return methods;
    }

    private static Object get(Object of, String name) throws ReflectiveOperationException {
        return field(of, name).get(of);
    }

    private static void set(Object of, String name, Object value) throws ReflectiveOperationException {
        field(of, name).set(of, value);
    }

    private static Field field(Object of, String name) throws ReflectiveOperationException {
        for (Class<?> c = of.getClass(); c != null; c = c.getSuperclass()) {
            try {
                Field field = c.getDeclaredField(name);
                field.setAccessible(true);
                return field;
            } catch (NoSuchFieldException e) {
                continue;
            }
        }
        throw new NoSuchFieldException(name);
    }
}
