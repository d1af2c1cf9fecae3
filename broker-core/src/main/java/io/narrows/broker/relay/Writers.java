package io.narrows.broker.relay;

import io.narrows.relay.rpc.RelaySession;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which connection speaks for a writer: the latest of its greatest incarnation. Thread-safe, because connections say
 * Hello on their own event loops and get the reply immediately.
 */
final class Writers {
    /** Writers remembered after their connection has gone; the longest unheard of are forgotten first. */
    static final int MAX_REMEMBERED = 10_000;

    private final Map<String, Live> liveByWriter = new LinkedHashMap<>(16, 0.75f, true);

    private long admitted;

    /** What becomes of a Hello. */
    sealed interface Verdict {}

    /**
     * Accepted: its number among all, and the connection it replaces.
     *
     * @param ofAnother whether that connection was open and of a smaller incarnation: maybe of a process that still runs
     */
    record Admission(long number, @Nullable RelaySession fenced, boolean ofAnother) implements Verdict {}

    /** A greater incarnation is connected, on {@code later}. */
    record Fenced(RelaySession later) implements Verdict {}

    /** A greater incarnation was connected, and is not any more. */
    record Behind(long known) implements Verdict {}

    synchronized Verdict hello(RelaySession session, String writer, long incarnation) {
        Live before = liveByWriter.get(writer);
        if (before != null && before.incarnation() > incarnation) {
            return before.session().isOpen() ? new Fenced(before.session()) : new Behind(before.incarnation());
        }
        liveByWriter.put(writer, new Live(incarnation, session));
        forgetClosed();
        return before == null
                ? new Admission(admitted++, null, false)
                : new Admission(
                        admitted++,
                        before.session(),
                        before.incarnation() < incarnation && before.session().isOpen());
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
