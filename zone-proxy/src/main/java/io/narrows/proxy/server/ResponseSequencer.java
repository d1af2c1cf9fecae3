package io.narrows.proxy.server;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Puts the answers of one connection into the order of its requests. Each request opens a slot; a slot's answer leaves
 * when it and all before it are there. Owned by the connection's event loop; owns the buffers that wait.
 */
final class ResponseSequencer {
    private final ArrayDeque<Slot> slots = new ArrayDeque<>();
    private final Sink sink;
    private long outstandingBytes;

    /** Takes over what is due. */
    interface Sink {
        /** Consumes {@code response}. */
        void write(ByteBuf response);

        /** The connection ends here; nothing after it leaves. */
        void hangUp(String reason);
    }

    /** The place of one request. */
    static final class Slot {
        private final long requestBytes;
        private boolean answered;
        private @Nullable ByteBuf response;
        private @Nullable String hangUpReason;

        private Slot(long requestBytes) {
            this.requestBytes = requestBytes;
        }
    }

    ResponseSequencer(Sink sink) {
        this.sink = sink;
    }

    Slot open(long requestBytes) {
        Slot slot = new Slot(requestBytes);
        slots.add(slot);
        outstandingBytes += requestBytes;
        return slot;
    }

    /** Consumes {@code response}. */
    void respond(Slot slot, ByteBuf response) {
        slot.response = response;
        settle(slot);
    }

    void staySilent(Slot slot) {
        settle(slot);
    }

    void hangUp(Slot slot, String reason) {
        slot.hangUpReason = reason;
        settle(slot);
    }

    int outstandingRequests() {
        return slots.size();
    }

    long outstandingBytes() {
        return outstandingBytes;
    }

    /** The connection is gone: releases the answers that wait. Slots settled later release theirs at once. */
    void abandon() {
        while (!slots.isEmpty()) {
            Slot slot = slots.remove();
            outstandingBytes -= slot.requestBytes;
            if (slot.response != null) {
                boolean unused = slot.response.release();
            }
        }
    }

    private void settle(Slot slot) {
        slot.answered = true;
        while (!slots.isEmpty() && slots.peek().answered) {
            Slot due = slots.remove();
            outstandingBytes -= due.requestBytes;
            if (due.hangUpReason != null) {
                abandon();
                sink.hangUp(due.hangUpReason);
            } else if (due.response != null) {
                sink.write(due.response);
            }
        }
    }
}
