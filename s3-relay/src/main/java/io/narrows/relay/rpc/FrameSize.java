package io.narrows.relay.rpc;

import io.netty.buffer.ByteBufUtil;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an Append frame with the entries added so far takes at most, so that a frame is never begun that cannot be
 * encoded. Counts each context once, as {@link AppendEncoder} writes it; the rest is counted at its largest. Owned by the
 * thread that fills the frame.
 */
public final class FrameSize {
    /** Prefix, request id, and the counts of topics, objects, contexts and groups. */
    static final int EMPTY_BYTES = Frame.PREFIX_BYTES + 10 + 4 * 5;

    /** An entry with a topic and an object of its own, without its bytes. */
    static final int ENTRY_BYTES = 51 + 16 + 52;

    /** Index of the context and count of the entries. */
    static final int GROUP_BYTES = 2 * 5;

    /** Fields of a context beside its strings. */
    private static final int CONTEXT_BYTES = 1 + 5 + 3;

    private static final int STRING_PREFIX_BYTES = 3;

    private final int maxFrameBytes;
    private final Set<ProduceContext> contexts = new HashSet<>();
    private @Nullable ProduceContext last;
    private long headerBytes = EMPTY_BYTES;
    private long payloadBytes;

    public FrameSize(int maxFrameBytes) {
        this.maxFrameBytes = maxFrameBytes;
    }

    /** Whether an entry with so many bytes in the frame can be added. */
    public boolean takes(ProduceContext context, int entryPayloadBytes) {
        long header = headerBytes + growth(context);
        return header - Frame.PREFIX_BYTES <= RelayProtocol.MAX_HEADER_BYTES
                && header + payloadBytes + entryPayloadBytes <= maxFrameBytes;
    }

    public void add(ProduceContext context, int entryPayloadBytes) {
        headerBytes += growth(context);
        payloadBytes += entryPayloadBytes;
        if (!context.equals(last)) {
            last = context;
            contexts.add(context);
        }
    }

    /** Of the whole frame. */
    public long bytes() {
        return headerBytes + payloadBytes;
    }

    private long growth(ProduceContext context) {
        if (context.equals(last)) {
            return ENTRY_BYTES;
        }
        long ofContext = contexts.contains(context) ? 0 : contextBytes(context);
        return ofContext + ENTRY_BYTES + GROUP_BYTES;
    }

    private static long contextBytes(ProduceContext context) {
        return CONTEXT_BYTES
                + stringBytes(context.transactionalId())
                + stringBytes(context.principalType())
                + stringBytes(context.principalName())
                + stringBytes(context.clientId())
                + stringBytes(context.clientAddress());
    }

    private static long stringBytes(@Nullable String text) {
        long utf8Bytes = text == null ? 0 : ByteBufUtil.utf8Bytes(text);
        return utf8Bytes + STRING_PREFIX_BYTES;
    }
}
