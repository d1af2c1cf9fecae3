package io.narrows.proxy.server;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import org.apache.kafka.common.protocol.ApiKeys;
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
        /** Consumes {@code response}, of which so many bytes count as {@link UnsentResponses}. */
        void write(ByteBuf response, long countedBytes);

        /** The connection ends here; nothing after it leaves. */
        void hangUp(String reason);
    }

    /** The place of one request. */
    static final class Slot {
        private final long requestBytes;
        private final ApiKeys api;
        private boolean answered;
        private long countedBytes;
        private @Nullable ByteBuf response;
        private @Nullable String hangUpReason;

        private Slot(long requestBytes, ApiKeys api) {
            this.requestBytes = requestBytes;
            this.api = api;
        }
    }

    ResponseSequencer(Sink sink) {
        this.sink = sink;
    }

    Slot open(long requestBytes, ApiKeys api) {
        Slot slot = new Slot(requestBytes, api);
        slots.add(slot);
        outstandingBytes += requestBytes;
        return slot;
    }

    /** Consumes {@code response}. */
    void respond(Slot slot, ByteBuf response, long countedBytes) {
        slot.response = response;
        slot.countedBytes = countedBytes;
        settle(slot);
    }

    void staySilent(Slot slot) {
        settle(slot);
    }

    void hangUp(Slot slot, String reason) {
        slot.hangUpReason = reason;
        settle(slot);
    }

    /** Whether a request waits for its response, and no Produce has to be answered before. */
    boolean waitsForOtherThanProduce() {
        Slot next = slots.peek();
        return next != null && next.api != ApiKeys.PRODUCE;
    }

    int outstandingRequests() {
        return slots.size();
    }

    long outstandingBytes() {
        return outstandingBytes;
    }

    /** The connection is gone: releases the answers that wait. Slots settled later release theirs immediately. */
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
                sink.write(due.response, due.countedBytes);
            }
        }
    }
}
