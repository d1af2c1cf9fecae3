package io.narrows.proxy.share;

import io.narrows.router.upstream.RecordsAnswer;
import java.util.HashSet;
import java.util.Set;
import org.apache.kafka.common.message.ShareFetchResponseData;
import org.jspecify.annotations.Nullable;

/** One broker's part of a share session: a session of its own there. Owned by the fetcher's loop; owns the held answer. */
final class BrokerShare {
    final int brokerId;

    /** What the broker's session reads. */
    final Set<ShareKey> known = new HashSet<>();

    /** The epoch of the next request; 0 opens a session. */
    int epoch;

    /** A request has no answer yet. */
    boolean busy;

    /** An answer that came between two rounds: its records are acquired and wait for the client. */
    @Nullable
    RecordsAnswer<ShareFetchResponseData> held;

    /** What waits for the answer of the request in flight. */
    @Nullable
    Runnable whenIdle;

    BrokerShare(int brokerId) {
        this.brokerId = brokerId;
    }

    boolean isOpen() {
        return epoch > 0;
    }

    void advance() {
        epoch = epoch == Integer.MAX_VALUE ? 1 : epoch + 1;
    }

    /** The broker knows no session any more. */
    void reset() {
        epoch = 0;
        known.clear();
    }

    void dropHeld() {
        RecordsAnswer<ShareFetchResponseData> dropped = held;
        held = null;
        if (dropped != null) {
            boolean unused = dropped.release();
        }
    }
}
