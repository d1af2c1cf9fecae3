package io.narrows.relay.gc;

import io.narrows.relay.pointer.WalObjectId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What a round with these answers lets go. Immutable. */
public final class DeletionRule {
    private final Round round;
    private final Map<Integer, Answer> answers;

    /** Answers to other rounds are left out. */
    public DeletionRule(Round round, Collection<Answer> answers) {
        this.round = round;
        this.answers = answers.stream()
                .filter(answer -> answer.round() == round.id())
                .collect(Collectors.toMap(Answer::broker, answer -> answer, (one, same) -> one, TreeMap::new));
    }

    public Round round() {
        return round;
    }

    /** The answers to this round, by broker. */
    public Collection<Answer> answers() {
        return Collections.unmodifiableCollection(answers.values());
    }

    /** All brokers that have to give an account, as those that have answered and the asker see it. */
    public Set<Integer> required(Set<Integer> registered) {
        Set<Integer> required = new TreeSet<>(registered);
        answers.values().forEach(answer -> required.addAll(answer.brokers()));
        return required;
    }

    /** Brokers that have given no account yet, of all that have to. */
    public Set<Integer> silent(Set<Integer> registered) {
        Set<Integer> silent = new TreeSet<>(required(registered));
        answers.values().stream()
                .filter(answer -> answer.state() == Answer.State.READY && answer.holdMs() >= round.graceMs())
                .forEach(answer -> silent.remove(answer.broker()));
        return silent;
    }

    /** Why a broker is silent, for people. */
    public String reason(int broker) {
        Answer answer = answers.get(broker);
        if (answer == null) {
            return "has not answered";
        }
        return switch (answer.state()) {
            case READY -> "remembers references for " + answer.holdMs() + " ms only";
            case STARTING -> "was started less than a grace period ago";
            case DISK_OFFLINE -> "has a log directory that is offline";
        };
    }

    /** Brokers that refer to the object. */
    public List<Answer> keptBy(WalObjectId object) {
        List<Answer> keepers = new ArrayList<>();
        for (Answer answer : answers.values()) {
            if (answer.account().refersTo(object)) {
                keepers.add(answer);
            }
        }
        return keepers;
    }

    /** Whether the round covers the object: no leader links it any more. */
    public boolean isBelowFloor(WalObjectId object) {
        return round.floors().isBelow(object);
    }

    /** The collector's decision; only if nobody is silent. */
    public boolean letsGo(WalObjectId object) {
        return isBelowFloor(object) && keptBy(object).isEmpty();
    }
}
