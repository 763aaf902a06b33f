package org.plumemq.interop;

import com.alibaba.fastjson2.JSONWriter;
import org.apache.rocketmq.remoting.protocol.route.TopicRouteData;

/** A route as the name server of 5.x answers clients that take standard JSON. */
final class StandardRoute {
    private StandardRoute() {
    }

    static byte[] encode(Object route) {
        return ((TopicRouteData) route).encode(JSONWriter.Feature.BrowserCompatible, JSONWriter.Feature.MapSortField);
    }
}
