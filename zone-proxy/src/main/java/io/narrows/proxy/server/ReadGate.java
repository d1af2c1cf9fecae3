package io.narrows.proxy.server;

import io.netty.channel.Channel;
import java.util.EnumSet;

/**
 * Whether a connection is read: it is while no reason speaks against it. Owned by the connection's event loop.
 */
final class ReadGate {
    /** Why a connection is not read. */
    enum Reason {
        /** The memory budget is used up. */
        MEMORY,
        /** Too many requests, or bytes of requests, are unanswered. */
        OUTSTANDING,
        /** The client does not read its responses. */
        UNWRITABLE,
        /** The client is throttled by a quota. */
        THROTTLED,
        /** The connection takes no more requests. */
        ENDING
    }

    private final Channel channel;
    private final EnumSet<Reason> reasons = EnumSet.noneOf(Reason.class);
    private Runnable onOpen = () -> {};

    ReadGate(Channel channel) {
        this.channel = channel;
    }

    /** {@code listener} runs each time the gate has opened. */
    void onOpen(Runnable listener) {
        onOpen = listener;
    }

    boolean isOpen() {
        return reasons.isEmpty();
    }

    boolean isClosedBy(Reason reason) {
        return reasons.contains(reason);
    }

    void close(Reason reason) {
        if (reasons.add(reason)) {
            channel.config().setAutoRead(false);
        }
    }

    void open(Reason reason) {
        if (reasons.remove(reason) && reasons.isEmpty()) {
            channel.config().setAutoRead(true);
            onOpen.run();
        }
    }
}
