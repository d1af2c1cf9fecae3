package io.narrows.router.produce;

import io.narrows.router.lane.LaneEntry;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The entries of a frame that was sent, by index, until each has its result. Owned by the router's loop. */
final class SentFrame {
    private final @Nullable LaneEntry[] entries;
    private final long answerBy;
    private int left;

    SentFrame(@Nullable LaneEntry[] entries, long answerBy) {
        this.entries = entries;
        this.answerBy = answerBy;
        this.left = entries.length;
    }

    /** The entry at the index, once; null for an index that does not exist or had its result. */
    @Nullable
    LaneEntry take(int index) {
        if (index < 0 || index >= entries.length) {
            return null;
        }
        LaneEntry entry = entries[index];
        if (entry != null) {
            entries[index] = null;
            left--;
        }
        return entry;
    }

    boolean isAnswered() {
        return left == 0;
    }

    boolean isOverdue(long now) {
        return now - answerBy > 0;
    }

    void forEachUnanswered(Consumer<LaneEntry> action) {
        for (int index = 0; index < entries.length; index++) {
            LaneEntry entry = take(index);
            if (entry != null) {
                action.accept(entry);
            }
        }
    }
}
