package io.narrows.router.produce;

import io.narrows.relay.rpc.AppendEntry;
import io.narrows.relay.rpc.AppendEntry.Carrier;
import io.narrows.relay.rpc.AppendEntry.Sequence;
import io.narrows.relay.rpc.AppendGroup;
import io.narrows.relay.rpc.AppendRequest;
import io.narrows.relay.rpc.FrameSize;
import io.narrows.relay.rpc.ProduceContext;
import io.narrows.router.lane.Lane;
import io.narrows.router.lane.LaneEntry;
import io.narrows.router.lane.SentForm;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Collects entries for one Append frame, in the order in which lanes release them. Owned by the router's loop. Retains
 * the buffers it carries until {@link #build} hands them to the wire or {@link #discard} gives them up.
 */
final class FrameBuilder {
    private final List<LaneEntry> entries = new ArrayList<>();
    private final List<AppendGroup> groups = new ArrayList<>();
    private final FrameSize size;
    private List<AppendEntry> group = new ArrayList<>();
    private @Nullable ProduceContext context;

    FrameBuilder(int maxFrameBytes) {
        this.size = new FrameSize(maxFrameBytes);
    }

    /** Bytes that the entry brings into a frame; those of a pointer's batch stay where they are. */
    static int payloadBytes(LaneEntry entry, boolean local) {
        return local || entry.pointer() == null ? entry.lengthBytes() : 0;
    }

    static SentForm form(LaneEntry entry, boolean local) {
        boolean staged = entry.pointer() != null;
        return local ? staged ? SentForm.STAGED_LOCAL : SentForm.LOCAL : staged ? SentForm.STAGED : SentForm.DIRECT;
    }

    /** Whether the frame stays within the leader's limits with the entry. */
    boolean takes(LaneEntry entry, boolean local) {
        return size.takes(entry.context(), payloadBytes(entry, local));
    }

    /** Neighbours of one request share a group; the order over groups is the order of the calls. */
    void add(LaneEntry entry, boolean local) {
        int payloadBytes = payloadBytes(entry, local);
        add(entry, local, payloadBytes, payloadBytes == 0 ? null : entry.bytes().retainedDuplicate(), Carrier.FRAME);
    }

    /** An entry whose bytes have been sent in parts. */
    void addInParts(LaneEntry entry, boolean local) {
        add(entry, local, 0, null, Carrier.PARTS);
    }

    private void add(LaneEntry entry, boolean local, int payloadBytes, @Nullable ByteBuf bytes, Carrier carrier) {
        if (context != null && !context.equals(entry.context())) {
            closeGroup(context);
        }
        Lane lane = entry.lane();
        group.add(new AppendEntry(
                lane.id(),
                lane.epoch(),
                lane.topicId(),
                lane.partition(),
                entry.pointer(),
                bytes,
                carrier,
                entry.comesAgain() ? Sequence.ANY : Sequence.FIRST));
        context = entry.context();
        entry.form(form(entry, local));
        entries.add(entry);
        size.add(entry.context(), payloadBytes);
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }

    List<LaneEntry> entries() {
        return entries;
    }

    boolean isFull(long frameBytes, int maxEntries) {
        return size.bytes() >= frameBytes || entries.size() >= maxEntries;
    }

    SentFrame sent(long now, RouterConfig.Limits limits) {
        int longestMs = 0;
        for (LaneEntry entry : entries) {
            longestMs = Math.max(longestMs, entry.context().timeoutMs());
        }
        return new SentFrame(entries.toArray(new LaneEntry[0]), limits.answerBy(now, longestMs));
    }

    AppendRequest build(long requestId) {
        if (context != null) {
            closeGroup(context);
        }
        return new AppendRequest(requestId, groups);
    }

    /** The frame will not be sent. */
    void discard(Consumer<LaneEntry> notSent) {
        group.forEach(AppendEntry::release);
        groups.forEach(closed -> closed.entries().forEach(AppendEntry::release));
        entries.forEach(notSent);
    }

    private void closeGroup(ProduceContext shared) {
        groups.add(new AppendGroup(shared, group));
        group = new ArrayList<>();
    }
}
