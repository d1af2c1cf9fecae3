package io.narrows.broker.relay;

import io.narrows.relay.rpc.EntryResult;
import java.util.List;

/** Kafka's produce path as the relay uses it. Never blocks its caller. */
public interface AppendEngine {
    /**
     * Authorizes, validates and appends entries of one client's request, each for another partition. The listener hears
     * of each entry {@link Listener#appended} at most once and {@link Listener#answered} exactly once, and of a failed
     * append only after its answer.
     */
    void append(List<RelayEntry> entries, Listener listener);

    /** May be called on any thread. */
    interface Listener {
        /** The local append is over: the bytes are no longer needed, and the next entry of the lane may follow. */
        void appended(RelayEntry entry);

        void answered(RelayEntry entry, EntryResult result);
    }
}
