package io.narrows.broker.gc.collector;

import io.narrows.broker.gc.collector.Answer.State;
import io.narrows.relay.pointer.WalObjectId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which answers to a round count, and what they let go. All times are those of the store's clock, because machines can be
 * suspended and their clocks can be wrong. Immutable.
 */
public final class DeletionRule {
    /** Answers within this part of the grace period belong to one round. */
    private static final int ROUND_PART = 2;
    /** A broker whose clock fell behind the store's by more than this part of the grace period was suspended. */
    private static final int SUSPENSION_PART = 4;

    private final GcRound round;
    private final long roundMs;
    private final Map<Integer, Reply> replies = new TreeMap<>();

    /** {@code roundMs}: when the round was written. Answers to other rounds are left out. */
    public DeletionRule(GcRound round, long roundMs, Collection<Reply> replies) {
        this.round = round;
        this.roundMs = roundMs;
        replies.stream()
                .filter(reply -> reply.answer().round() == round.id())
                .forEach(reply -> this.replies.put(reply.answer().broker(), reply));
    }

    /** How far a broker's clock may fall behind the store's before its answers count no more. */
    public static long maxLagMs(long graceMs) {
        return graceMs / SUSPENSION_PART;
    }

    public GcRound round() {
        return round;
    }

    /** The answers to this round, by broker. */
    public Collection<Reply> replies() {
        return Collections.unmodifiableCollection(replies.values());
    }

    /**
     * All brokers that have to give an account, as those that have answered and the collector see it; the collector in any
     * case, so that a round without answers lets nothing go, whatever is registered.
     */
    public Set<Integer> required(Set<Integer> registered) {
        Set<Integer> required = new TreeSet<>(registered);
        boolean unused = required.add(round.collector());
        replies.values()
                .forEach(reply -> required.addAll(reply.answer().brokers().keySet()));
        return required;
    }

    /** Brokers whose answer does not count, of all that have to give an account, with the reason for people. */
    public Map<Integer, String> silent(Map<Integer, Registration> registered) {
        Map<Integer, String> silent = new TreeMap<>();
        for (int broker : required(registered.keySet())) {
            objection(broker, Optional.ofNullable(registered.get(broker)))
                    .ifPresent(reason -> silent.put(broker, reason));
        }
        return silent;
    }

    /**
     * As {@link #silent(Map)}, for a reader of a completed round, who knows the registrations from the answers only: that
     * the answers came in time the collector has found.
     */
    public Map<Integer, String> silent() {
        Map<Integer, String> silent = new TreeMap<>();
        for (int broker : required(Set.of())) {
            processObjection(broker, Optional.empty()).ifPresent(reason -> silent.put(broker, reason));
        }
        return silent;
    }

    private Optional<String> objection(int broker, Optional<Registration> registered) {
        Optional<String> objection = processObjection(broker, registered);
        return objection.isPresent() ? objection : timeObjection(Objects.requireNonNull(replies.get(broker)));
    }

    private Optional<String> processObjection(int broker, Optional<Registration> registered) {
        Reply reply = replies.get(broker);
        if (reply == null) {
            return Optional.of("has not answered");
        }
        Answer answer = reply.answer();
        Registration process = answer.from().registration();
        if (registered.isPresent() && !process.isProcessOf(registered.get())) {
            return Optional.of("answered as the process of epoch " + process.epoch() + " with directories "
                    + new TreeSet<>(process.directories()) + ", but epoch "
                    + registered.get().epoch() + " with directories "
                    + new TreeSet<>(registered.get().directories()) + " is registered");
        }
        if (process.epoch() < newestEpoch(broker)) {
            return Optional.of("answered as the process of epoch " + process.epoch()
                    + ", but another broker knows epoch " + newestEpoch(broker));
        }
        if (answer.state() != State.READY) {
            return Optional.of(text(answer.state()));
        }
        return answer.memory().holdMs() < round.graceMs()
                ? Optional.of("remembers references for " + answer.memory().holdMs() + " ms only")
                : Optional.empty();
    }

    private Optional<String> timeObjection(Reply reply) {
        Answer.Memory memory = reply.answer().memory();
        long sinceRoundMs = reply.writtenMs() - roundMs;
        if (sinceRoundMs < 0 || sinceRoundMs > round.graceMs() / ROUND_PART) {
            return Optional.of("answered " + sinceRoundMs + " ms after the round began; 0 to "
                    + round.graceMs() / ROUND_PART + " ms are allowed");
        } else if (memory.expectedMs() <= 0 || reply.writtenMs() - memory.expectedMs() > maxLagMs(round.graceMs())) {
            return Optional.of("was suspended: its clock fell behind the store's");
        }
        return Optional.empty();
    }

    private long newestEpoch(int broker) {
        return replies.values().stream()
                .mapToLong(reply -> reply.answer().brokers().getOrDefault(broker, -1L))
                .max()
                .orElse(-1);
    }

    private static String text(State state) {
        return switch (state) {
            case READY -> "has given its account";
            case STARTING -> "was started or suspended less than a grace period ago";
            case DISK_OFFLINE -> "has a log directory that is offline";
            case TOO_LARGE -> "has an account that is too large for an answer";
        };
    }

    /** Answers of brokers that refer to the object. */
    public List<Answer> keptBy(WalObjectId object) {
        List<Answer> keepers = new ArrayList<>();
        for (Reply reply : replies.values()) {
            if (reply.answer().account().refersTo(object)) {
                keepers.add(reply.answer());
            }
        }
        return keepers;
    }

    /** Whether the round covers the object: no leader links it any more. */
    public boolean isBelowFloor(WalObjectId object) {
        return round.floors().isBelow(object);
    }
}
