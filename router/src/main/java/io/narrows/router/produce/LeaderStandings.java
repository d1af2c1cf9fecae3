package io.narrows.router.produce;

import io.narrows.relay.rpc.RelayError;
import io.narrows.relay.rpc.RelayRefusedException;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What leaders' relays have said to this proxy, and whether it may serve because of it. Written on the router's loop;
 * any thread reads.
 *
 * <pre>
 *   of a leader:  UNKNOWN --Hello accepted--> ACCEPTED &lt;--> UNREACHABLE &lt;--> REFUSED
 *   of the proxy: NEVER_ACCEPTED --a leader accepts--> SERVES &lt;--no leader accepts, one refuses----> REFUSED
 *                 any of them --a leader that had accepted it knows a later start of this writer--> FENCED, permanently
 * </pre>
 *
 * <p>A leader that is BUSY is shutting down: unreachable, not refusing. One that cannot be reached changes nothing of the
 * proxy, for it is the broker that is missing.
 */
public final class LeaderStandings {
    private static final Logger LOG = LoggerFactory.getLogger(LeaderStandings.class);

    private final CompletableFuture<String> fenced = new CompletableFuture<>();
    private final String writer;

    /** By broker id; replaced as a whole by the loop. */
    private volatile Map<Integer, Standing> byLeader = Map.of();

    private volatile boolean everAccepted;

    /** Leaders that know of this start; one that then knows a later start has seen it replaced. Owned by the loop. */
    private final Set<Integer> acceptedBy = new HashSet<>();

    /** The last word of a leader. */
    private enum Word {
        ACCEPTED,
        UNREACHABLE,
        REFUSED
    }

    private record Standing(Word word, String said) {}

    LeaderStandings(String writer) {
        this.writer = writer;
    }

    /** {@code notice} is what the leader adds; empty: nothing. */
    void accepted(int leader, String notice) {
        everAccepted = true;
        acceptedBy.add(leader);
        if (!notice.isEmpty()) {
            LOG.atWarn()
                    .addKeyValue("leader", leader)
                    .addKeyValue("notice", notice)
                    .log("Another process has used this writer.id: if it still runs, give each proxy a unique one");
        }
        boolean unused = put(leader, new Standing(Word.ACCEPTED, notice));
    }

    /** Whether this is news. */
    boolean failed(int leader, Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        String said = String.valueOf(cause.getMessage());
        RelayError error = cause instanceof RelayRefusedException refused ? refused.error() : RelayError.NONE;
        boolean refused = switch (error) {
            case NONE, BUSY, STALE_LANE, LANE_STOPPED, OBJECT_UNREADABLE, WRITER_BEHIND -> false;
            case UNSUPPORTED_VERSION, WRONG_CLUSTER, FENCED_WRITER, INVALID_MESSAGE, NOT_AUTHORIZED -> true;
        };
        boolean news = put(leader, new Standing(refused ? Word.REFUSED : Word.UNREACHABLE, said));
        if (news && refused) {
            LOG.atError()
                    .addKeyValue("leader", leader)
                    .addKeyValue("reason", said)
                    .log("Leader rejected this proxy");
        }
        boolean later = error == RelayError.FENCED_WRITER || error == RelayError.WRITER_BEHIND;
        if (later && acceptedBy.contains(leader)) {
            boolean unused = fenced.complete("leader " + leader + " says " + said);
        }
        return news;
    }

    /** The connection is gone without a word why. */
    void lost(int leader) {
        boolean unused = put(leader, new Standing(Word.UNREACHABLE, "the connection was lost"));
    }

    /** Leaders that the cluster has no more say nothing. */
    void keepOnly(Set<Integer> leaders) {
        if (!leaders.containsAll(byLeader.keySet())) {
            Map<Integer, Standing> kept = new TreeMap<>(byLeader);
            kept.keySet().retainAll(leaders);
            byLeader = Map.copyOf(kept);
        }
    }

    private boolean put(int leader, Standing standing) {
        Map<Integer, Standing> changed = new TreeMap<>(byLeader);
        Standing before = changed.put(leader, standing);
        byLeader = Map.copyOf(changed);
        return !standing.equals(before);
    }

    /** Completes, with what was said, when a leader knows a newer start of this writer: this one is fenced permanently. */
    public CompletableFuture<String> fenced() {
        return fenced.copy();
    }

    boolean isFenced() {
        return fenced.isDone();
    }

    /** Empty when leaders take batches of this proxy, otherwise why not. */
    public String notReady() {
        Map<Integer, Standing> standings = byLeader;
        if (fenced.isDone()) {
            return "another process runs with writer.id=" + writer + " and started later: "
                    + fenced.getNow("a leader has refused this one");
        }
        boolean accepted = standings.values().stream().anyMatch(standing -> standing.word() == Word.ACCEPTED);
        String refusals = said(standings, Word.REFUSED);
        if (!accepted && !refusals.isEmpty()) {
            return "refused by " + refusals;
        }
        return everAccepted
                ? ""
                : "no leader's relay has accepted this proxy yet"
                        + (standings.isEmpty() ? "" : "; " + said(standings, Word.UNREACHABLE));
    }

    private static String said(Map<Integer, Standing> standings, Word word) {
        return new TreeMap<>(standings)
                .entrySet().stream()
                        .filter(standing -> standing.getValue().word() == word)
                        .map(standing -> "leader " + standing.getKey() + " ("
                                + standing.getValue().said() + ")")
                        .collect(Collectors.joining(", "));
    }

    /** What the leader said last, for the status page. */
    String of(int leader) {
        Standing standing = byLeader.get(leader);
        return standing == null ? "" : standing.word() + (standing.said().isEmpty() ? "" : ": " + standing.said());
    }
}
