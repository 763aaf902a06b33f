package org.plumemq.interop;

import org.apache.rocketmq.client.ClientConfig;

/** Settings that spare the tests waiting. */
final class Clients {
    private Clients() {
    }

    /**
     * Polls routes and sends heartbeats every second instead of every 30: a retry topic comes into being only with the
     * first heartbeat, and a consumer whose heartbeat loses the race for its lock when its queues change is refused every
     * pull (SUBSCRIPTION_NOT_LATEST) until the next one.
     */
    static void quicken(ClientConfig client) {
        client.setPollNameServerInterval(1000);
        client.setHeartbeatBrokerInterval(1000);
    }

    /** Waits long for answers: what the tests are about is not how soon a JVM on a busy machine gets to run. */
    static void bePatient(ClientConfig client) {
        client.setMqClientApiTimeout(30000);
    }
}
