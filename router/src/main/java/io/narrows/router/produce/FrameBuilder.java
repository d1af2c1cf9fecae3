package io.narrows.router.produce;

import io.narrows.relay.rpc.AppendEntry;
import io.narrows.relay.rpc.AppendGroup;
import io.narrows.relay.rpc.AppendRequest;
import io.narrows.relay.rpc.ProduceContext;
import io.narrows.router.lane.Lane;
import io.narrows.router.lane.LaneEntry;
import io.narrows.router.lane.SentForm;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Collects entries for one Append frame, in the order in which lanes release them. Owned by the router's loop. Retains
 * the buffers it carries until {@link #build} hands them to the wire or {@link #discard} gives them up.
 */
final class FrameBuilder {
    /** What an entry without bytes takes in a frame, about. */
    private static final int POINTER_ENTRY_BYTES = 80;

    private final List<LaneEntry> entries = new ArrayList<>();
    private final List<AppendGroup> groups = new ArrayList<>();
    private List<AppendEntry> group = new ArrayList<>();
    private @Nullable ProduceContext context;
    private long bytes;

    /** Neighbours of one request share a group; the order over groups is the order of the calls. */
    void add(LaneEntry entry, boolean local) {
        if (context != null && !context.equals(entry.context())) {
            closeGroup(context);
        }
        context = entry.context();
        boolean staged = entry.pointer() != null;
        boolean carriesBytes = local || !staged;
        entry.form(
                local ? staged ? SentForm.STAGED_LOCAL : SentForm.LOCAL : staged ? SentForm.STAGED : SentForm.DIRECT);
        Lane lane = entry.lane();
        entries.add(entry);
        group.add(new AppendEntry(
                lane.id(),
                lane.epoch(),
                lane.topicId(),
                lane.partition(),
                entry.pointer(),
                carriesBytes ? entry.bytes().retainedDuplicate() : null));
        bytes += POINTER_ENTRY_BYTES + (carriesBytes ? entry.lengthBytes() : 0);
    }

    long bytes() {
        return bytes;
    }

    boolean isFull(long frameBytes, int maxEntries) {
        return bytes >= frameBytes || entries.size() >= maxEntries;
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
