package io.narrows.broker.relay;

import io.narrows.relay.rpc.RelaySession;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which connection speaks for a writer: the latest of its newest incarnation. Thread-safe, because connections say
 * Hello on their own event loops and get the answer at once.
 */
final class Writers {
    /** Writers remembered after their connection has gone; the longest unheard of are forgotten first. */
    static final int MAX_REMEMBERED = 10_000;

    private final Map<String, Live> liveByWriter = new LinkedHashMap<>(16, 0.75f, true);

    private long admitted;

    /** An accepted Hello: its number among all, and the connection it replaces. */
    record Admission(long number, @Nullable RelaySession fenced) {}

    /** Null if a newer incarnation of the writer is known. */
    synchronized @Nullable Admission hello(RelaySession session, String writer, long incarnation) {
        Live before = liveByWriter.get(writer);
        if (before != null && before.incarnation() > incarnation) {
            return null;
        }
        liveByWriter.put(writer, new Live(incarnation, session));
        forgetClosed();
        return new Admission(admitted++, before == null ? null : before.session());
    }

    private void forgetClosed() {
        Iterator<Live> longestUnheard = liveByWriter.values().iterator();
        while (liveByWriter.size() > MAX_REMEMBERED && longestUnheard.hasNext()) {
            if (!longestUnheard.next().session().isOpen()) {
                longestUnheard.remove();
            }
        }
    }

    private record Live(long incarnation, RelaySession session) {}
}
