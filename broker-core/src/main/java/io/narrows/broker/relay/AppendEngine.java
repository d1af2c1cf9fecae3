package io.narrows.broker.relay;

import io.narrows.relay.rpc.EntryResult;
import java.util.List;

/** Kafka's produce path as the relay uses it. Never blocks its caller. */
public interface AppendEngine {
    /**
     * Authorizes, validates and appends requests one after the other, each of entries of one client for different
     * partitions. An entry is tried only if those of its lane before it are in the log by then; the others come back,
     * at the end. The listener hears of each entry that was tried {@link Listener#appended} at most once and {@link
     * Listener#answered} exactly once, and of a failed append only after its answer.
     */
    void append(List<List<RelayEntry>> requests, Listener listener);

    /** May be called on any thread. */
    interface Listener {
        /** The local appends are over: the bytes are no longer needed, and the next entries of the lanes may follow. */
        void appended(List<RelayEntry> entries);

        /** Results of entries, in the order of the entries. */
        void answered(List<RelayEntry> entries, List<EntryResult> results);

        /** These were not tried. In the order in which they were to be appended. */
        void returned(List<RelayEntry> entries);
    }
}
