package org.plumemq.interop;

/** Finds the classes that moved between 4.x and 5.x. */
final class Classes {
    private static final String[] PACKAGES = {
        "org.apache.rocketmq.remoting.protocol.", "org.apache.rocketmq.common.protocol.",
        "org.apache.rocketmq.remoting.protocol.header.", "org.apache.rocketmq.common.protocol.header.",
        "org.apache.rocketmq.remoting.protocol.body.", "org.apache.rocketmq.common.protocol.body.",
        "org.apache.rocketmq.remoting.protocol.header.namesrv.", "org.apache.rocketmq.common.protocol.header.namesrv.",
        "org.apache.rocketmq.common.", "",
    };

    private Classes() {
    }

    /** The class of this name below one of the protocol packages, or null where this version has none. */
    static Class<?> lookup(String name) {
        for (String prefix : PACKAGES) {
            try {
                return Class.forName(prefix + name);
            } catch (ClassNotFoundException e) {
                continue; // The next package, then.
            }
        }
        return null;
    }

    static Class<?> find(String name) throws ClassNotFoundException {
        Class<?> found = lookup(name);
        if (found == null) {
            throw new ClassNotFoundException(name);
        }
        return found;
    }
}
