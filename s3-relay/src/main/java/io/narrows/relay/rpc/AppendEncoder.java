package io.narrows.relay.rpc;

import io.narrows.relay.Checks;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.pointer.WalObjectId;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Encodes one Append frame. Topics, WAL objects and contexts are written once and named by index, so that a pointer
 * entry takes about 20 bytes. The frame is a list of buffers, header first, which a gathering write sends without
 * copying the batches. An instance encodes one request on one thread; it owns the request's buffers from
 * {@link #encode} on.
 */
final class AppendEncoder {
    static final int POINTER = 1;
    static final int BYTES = 2;
    static final int ZSTD = 4;
    static final int PARTS = 8;
    static final int ANY_SEQUENCE = 16;

    private final ByteBufAllocator alloc;
    private final WireCompression compression;
    private final Map<UUID, Integer> topics = new LinkedHashMap<>();
    private final Map<WalObjectId, Integer> objects = new LinkedHashMap<>();
    private final Map<ProduceContext, Integer> contexts = new LinkedHashMap<>();
    private final List<ByteBuf> frame = new ArrayList<>();
    private long payloadBytes;

    AppendEncoder(ByteBufAllocator alloc, WireCompression compression) {
        this.alloc = alloc;
        this.compression = compression;
    }

    /**
     * The frame's buffers, which the caller owns. Consumes the request in any case.
     *
     * @throws IllegalArgumentException when the frame exceeds {@code maxFrameBytes} or another limit; {@link FrameSize}
     *     tells that before
     */
    List<ByteBuf> encode(AppendRequest request, int maxFrameBytes) {
        ByteBuf header = alloc.directBuffer();
        frame.add(header);
        boolean done = false;
        try {
            int entries = index(request);
            WireWriter out = Frame.begin(header);
            out.varlong(request.requestId());
            writeTables(out);
            out.number(request.groups().size());
            request.groups().forEach(group -> writeGroup(out, group));
            long frameBytes = header.writerIndex() + payloadBytes;
            Checks.argument(entries <= RelayProtocol.MAX_ENTRIES, "too many entries for a frame: " + entries);
            Checks.argument(
                    frameBytes <= maxFrameBytes,
                    "a frame has " + frameBytes + " bytes, the leader accepts at most " + maxFrameBytes);
            Frame.finish(header, Frame.APPEND, (byte) RelayProtocol.MAX_VERSION, (int) payloadBytes);
            done = true;
            return frame;
        } finally {
            request.release();
            if (!done) {
                frame.forEach(ByteBuf::release);
            }
        }
    }

    private int index(AppendRequest request) {
        int entries = 0;
        for (AppendGroup group : request.groups()) {
            contexts.putIfAbsent(group.context(), contexts.size());
            for (AppendEntry entry : group.entries()) {
                entries++;
                topics.putIfAbsent(entry.topicId(), topics.size());
                Pointer pointer = entry.pointer();
                if (pointer != null) {
                    objects.putIfAbsent(pointer.object(), objects.size());
                }
            }
        }
        return entries;
    }

    private void writeTables(WireWriter out) {
        out.number(topics.size());
        topics.keySet().forEach(out::uuid);
        out.number(objects.size());
        for (WalObjectId object : objects.keySet()) {
            out.string(object.writer()).int64(object.incarnation()).varlong(object.sequence());
        }
        out.number(contexts.size());
        for (ProduceContext context : contexts.keySet()) {
            out.int8(context.acks())
                    .number(context.timeoutMs())
                    .number(context.produceVersion())
                    .string(context.transactionalId())
                    .string(context.principalType())
                    .string(context.principalName())
                    .string(context.clientId())
                    .string(context.clientAddress());
        }
    }

    private void writeGroup(WireWriter out, AppendGroup group) {
        out.number(indexOf(contexts, group.context())).number(group.entries().size());
        group.entries().forEach(entry -> writeEntry(out, entry));
    }

    private void writeEntry(WireWriter out, AppendEntry entry) {
        Pointer pointer = entry.pointer();
        boolean inParts = entry.carrier() == AppendEntry.Carrier.PARTS;
        ByteBuf bytes = inParts ? null : entry.bytes();
        ByteBuf compressed = bytes != null && pointer == null && compression == WireCompression.ZSTD
                ? InlineCompression.compress(alloc, bytes)
                : null;
        if (compressed != null) {
            frame.add(compressed);
        }
        out.int8((pointer == null ? 0 : POINTER)
                        | (bytes == null ? 0 : BYTES)
                        | (compressed == null ? 0 : ZSTD)
                        | (inParts ? PARTS : 0)
                        | (entry.sequence() == AppendEntry.Sequence.ANY ? ANY_SEQUENCE : 0))
                .varlong(entry.laneId())
                .number(entry.laneEpoch())
                .number(indexOf(topics, entry.topicId()))
                .number(entry.partition());
        if (pointer != null) {
            out.number(indexOf(objects, pointer.object()))
                    .number(pointer.position())
                    .number(pointer.length())
                    .int32(pointer.crc32c());
        }
        if (bytes != null) {
            ByteBuf onWire = compressed != null ? compressed : bytes.retainedSlice();
            if (compressed == null) {
                frame.add(onWire);
            }
            payloadBytes += onWire.readableBytes();
            out.number(onWire.readableBytes());
            if (compressed != null) {
                out.number(bytes.readableBytes());
            }
        }
    }

    private static <K> int indexOf(Map<K, Integer> table, K key) {
        Integer index = table.get(key);
        if (index == null) {
            throw new IllegalStateException("invariant violated: a key was not indexed");
        }
        return index;
    }
}
