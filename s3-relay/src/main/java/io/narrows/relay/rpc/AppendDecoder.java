package io.narrows.relay.rpc;

import static io.narrows.relay.rpc.MalformedFrameException.check;

import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.relay.rpc.AppendEntry.Carrier;
import io.narrows.relay.rpc.AppendEntry.Sequence;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Decodes one Append frame. The bytes of entries are retained slices of the frame's buffer; compressed ones get buffers
 * of their own, whose declared sizes together stay below the frame limit. An instance decodes one frame on one thread.
 */
final class AppendDecoder {
    private static final int UUID_BYTES = 16;
    private static final int MIN_OBJECT_BYTES = 11;
    private static final int MIN_CONTEXT_BYTES = 8;
    private static final int MIN_GROUP_BYTES = 2;
    private static final int MIN_ENTRY_BYTES = 6;

    private final ByteBufAllocator alloc;
    private final Frame frame;
    private final IncomingBatch parts;
    private final WireReader in;
    private final List<UUID> topics = new ArrayList<>();
    private final List<WalObjectId> objects = new ArrayList<>();
    private final List<ProduceContext> contexts = new ArrayList<>();
    private int payloadPosition;
    private int entriesLeft = RelayProtocol.MAX_ENTRIES;
    private int inflatableBytes;

    private AppendDecoder(ByteBufAllocator alloc, Frame frame, int maxFrameBytes, IncomingBatch parts) {
        this.alloc = alloc;
        this.frame = frame;
        this.parts = parts;
        this.in = frame.header();
        this.payloadPosition = frame.payloadOffset();
        this.inflatableBytes = maxFrameBytes;
    }

    /** The request, which the caller owns. Borrows the frame; takes a batch that came in parts out of {@code parts}. */
    static AppendRequest decode(ByteBufAllocator alloc, Frame frame, int maxFrameBytes, IncomingBatch parts) {
        check(frame.version() == RelayProtocol.MAX_VERSION, "the version of an Append frame is not the negotiated one");
        AppendDecoder decoder = new AppendDecoder(alloc, frame, maxFrameBytes, parts);
        List<AppendEntry> made = new ArrayList<>();
        boolean done = false;
        try {
            AppendRequest request = decoder.request(made);
            done = true;
            return request;
        } catch (IllegalArgumentException e) {
            throw new MalformedFrameException("an entry has invalid fields", e);
        } finally {
            if (!done) {
                made.forEach(AppendEntry::release);
            }
        }
    }

    private AppendRequest request(List<AppendEntry> made) {
        long requestId = in.varlong();
        for (int left = in.count(RelayProtocol.MAX_ENTRIES, UUID_BYTES); left > 0; left--) {
            topics.add(in.uuid());
        }
        for (int left = in.count(RelayProtocol.MAX_ENTRIES, MIN_OBJECT_BYTES); left > 0; left--) {
            objects.add(new WalObjectId(in.string(), in.int64(), in.varlong()));
        }
        for (int left = in.count(RelayProtocol.MAX_ENTRIES, MIN_CONTEXT_BYTES); left > 0; left--) {
            contexts.add(context());
        }
        int groupCount = in.count(RelayProtocol.MAX_ENTRIES, MIN_GROUP_BYTES);
        List<AppendGroup> groups = new ArrayList<>(groupCount);
        while (groups.size() < groupCount) {
            groups.add(group(made));
        }
        in.expectEnd();
        check(payloadPosition == frame.buffer().writerIndex(), "the payload does not end with the last entry");
        return new AppendRequest(requestId, groups);
    }

    private ProduceContext context() {
        short acks = in.int8();
        check(acks >= -1 && acks <= 1, "acks is not -1, 0 or 1");
        int timeoutMs = in.upTo(Integer.MAX_VALUE, "the time limit of a request");
        short produceVersion = (short) in.upTo(Short.MAX_VALUE, "the version of a Produce request");
        String transactionalId = in.nullableString();
        String principalType = in.string();
        String principalName = in.string();
        String clientId = in.string();
        return new ProduceContext(
                acks, timeoutMs, produceVersion, transactionalId, principalType, principalName, clientId, in.string());
    }

    private AppendGroup group(List<AppendEntry> made) {
        ProduceContext context = at(contexts, "the index of a context");
        int entryCount = in.count(entriesLeft, MIN_ENTRY_BYTES);
        entriesLeft -= entryCount;
        List<AppendEntry> entries = new ArrayList<>(entryCount);
        while (entries.size() < entryCount) {
            AppendEntry entry = entry();
            made.add(entry);
            entries.add(entry);
        }
        return new AppendGroup(context, entries);
    }

    private AppendEntry entry() {
        int flags = in.int8();
        boolean zstd = (flags & AppendEncoder.ZSTD) != 0;
        boolean hasBytes = (flags & AppendEncoder.BYTES) != 0;
        boolean hasPointer = (flags & AppendEncoder.POINTER) != 0;
        boolean inParts = (flags & AppendEncoder.PARTS) != 0;
        Sequence sequence = (flags & AppendEncoder.ANY_SEQUENCE) != 0 ? Sequence.ANY : Sequence.FIRST;
        check(
                (flags & ~31) == 0
                        && (hasPointer || hasBytes || inParts)
                        && (hasBytes || !zstd)
                        && !(hasBytes && inParts),
                "the flags of an entry");
        long laneId = in.varlong();
        int laneEpoch = in.upTo(Integer.MAX_VALUE, "the epoch of a lane");
        UUID topic = at(topics, "the index of a topic");
        int partition = in.upTo(Integer.MAX_VALUE, "a partition");
        Pointer pointer = hasPointer ? pointer() : null;
        if (inParts) {
            return new AppendEntry(laneId, laneEpoch, topic, partition, pointer, parts.take(), Carrier.PARTS, sequence);
        }
        ByteBuf bytes = hasBytes ? bytes(zstd ? Encoding.ZSTD : Encoding.PLAIN) : null;
        return new AppendEntry(laneId, laneEpoch, topic, partition, pointer, bytes, Carrier.FRAME, sequence);
    }

    private Pointer pointer() {
        WalObjectId object = at(objects, "the index of an object");
        int position = in.upTo(Integer.MAX_VALUE, "the position of a range");
        int length = in.upTo(Integer.MAX_VALUE, "the length of a range");
        return new Pointer(object, position, length, in.int32());
    }

    /** The entry's bytes; nothing after this may throw before the entry owns them. */
    private @Nullable ByteBuf bytes(Encoding encoding) {
        int length = in.upTo(frame.buffer().writerIndex() - payloadPosition, "the length of an entry's bytes");
        check(length > 0, "the bytes of an entry are empty");
        int position = payloadPosition;
        payloadPosition += length;
        if (encoding == Encoding.PLAIN) {
            return frame.buffer().retainedSlice(position, length);
        }
        int originalLength = in.upTo(inflatableBytes, "the size of decompressed bytes");
        check(originalLength > 0, "decompressed bytes are empty");
        inflatableBytes -= originalLength;
        return InlineCompression.decompress(alloc, frame.buffer().slice(position, length), originalLength);
    }

    private <T> T at(List<T> table, String what) {
        check(!table.isEmpty(), what);
        return table.get(in.upTo(table.size() - 1, what));
    }

    private enum Encoding {
        PLAIN,
        ZSTD
    }
}
