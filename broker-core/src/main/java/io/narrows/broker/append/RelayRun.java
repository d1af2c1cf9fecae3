package io.narrows.broker.append;

import io.narrows.broker.relay.AppendEngine;
import io.narrows.broker.relay.RelayEntry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Requests that go through the produce path one after the other: what is behind an entry that did not get into the log at
 * once is not tried, so that a lane keeps its order. Owned by the thread that starts it and then by the handler thread that
 * works on it, which Kafka's queue hands it to; the handler stays on it to its end, which every run must be brought to.
 */
public final class RelayRun {
    private final AppendEngine.Listener listener;
    private final Deque<List<RelayEntry>> ahead;
    private final Set<Object> blockedLanes = Collections.newSetFromMap(new IdentityHashMap<>());
    private final List<RelayEntry> appended = new ArrayList<>();
    private final List<RelayEntry> untried = new ArrayList<>();

    RelayRun(List<List<RelayEntry>> requests, AppendEngine.Listener listener) {
        this.ahead = new ArrayDeque<>(requests);
        this.listener = listener;
    }

    AppendEngine.Listener listener() {
        return listener;
    }

    /** The entries of the next request that may be tried; null when there are none any more. */
    @Nullable
    List<RelayEntry> next() {
        for (List<RelayEntry> planned = ahead.poll(); planned != null; planned = ahead.poll()) {
            List<RelayEntry> free = new ArrayList<>(planned.size());
            for (RelayEntry entry : planned) {
                if (entry.isRecalled() || blockedLanes.contains(entry.lane())) {
                    blockedLanes.add(entry.lane());
                    untried.add(entry);
                } else {
                    free.add(entry);
                }
            }
            if (!free.isEmpty()) {
                return free;
            }
        }
        return null;
    }

    /** Whether a request may follow. */
    public boolean goesOn() {
        return !ahead.isEmpty();
    }

    /** The local append of these went well. */
    void appended(RelayEntry entry) {
        appended.add(entry);
    }

    /** These have been tried and are not in the log, or not yet: what is behind them has to wait for their answers. */
    void notAppended(Collection<RelayEntry> entries) {
        entries.forEach(entry -> blockedLanes.add(entry.lane()));
    }

    /** Tells what became of the entries. To be called once, when nothing follows. */
    void end() {
        ahead.forEach(untried::addAll);
        ahead.clear();
        if (!appended.isEmpty()) {
            listener.appended(appended);
        }
        if (!untried.isEmpty()) {
            listener.returned(untried);
        }
    }
}
