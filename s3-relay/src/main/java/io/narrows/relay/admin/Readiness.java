package io.narrows.relay.admin;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The named conditions that a process needs to be ready, for {@code /readyz} and {@code /status}. A condition is either
 * read at each look ({@link #check}) or set by its owner ({@link #condition}). Any thread; owns nothing but the reasons.
 *
 * <p>Names are in kebab case and unique. A reason is one plain sentence: what was found, and what to do.
 */
public final class Readiness {
    private final ConcurrentMap<String, Supplier<String>> checks = new ConcurrentHashMap<>();
    private final ConcurrentMap<String, Supplier<String>> warnings = new ConcurrentHashMap<>();

    /** Why the process is not ready: the name of a condition that does not hold, and what was found. */
    public record Reason(String condition, String text) {
        @Override
        public String toString() {
            return condition + ": " + text;
        }
    }

    /** A condition that its owner sets from any thread. It holds until the owner says otherwise. */
    public static final class Condition {
        private volatile String reason = "";

        private Condition() {}

        /** The condition does not hold from now on; {@code why} is not empty. */
        public void notReady(String why) {
            reason = why;
        }

        public void ready() {
            reason = "";
        }

        private String reason() {
            return reason;
        }
    }

    /**
     * Adds a condition that {@code notReady} is asked for: empty when it holds, otherwise why not. It must not block.
     * Throws {@link IllegalArgumentException} when the name is taken.
     */
    public void check(String name, Supplier<String> notReady) {
        if (checks.putIfAbsent(name, notReady) != null) {
            throw new IllegalArgumentException("the condition " + name + " exists already");
        }
    }

    /** Adds what is shown beside the readiness and does not change it: empty when nothing is wrong. It must not block. */
    public void warning(String name, Supplier<String> problem) {
        if (warnings.putIfAbsent(name, problem) != null) {
            throw new IllegalArgumentException("the warning " + name + " exists already");
        }
    }

    /** What is wrong although the process is ready, in the order of names. */
    public List<Reason> warnings() {
        return reasons(warnings);
    }

    /** Adds a condition that the caller sets; it holds at first. Throws as {@link #check} does. */
    public Condition condition(String name) {
        Condition condition = new Condition();
        check(name, condition::reason);
        return condition;
    }

    /** In the order of names; empty: ready. */
    public List<Reason> reasons() {
        return reasons(checks);
    }

    private static List<Reason> reasons(Map<String, Supplier<String>> checks) {
        return checks.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(check -> new Reason(check.getKey(), check.getValue().get()))
                .filter(reason -> !reason.text().isEmpty())
                .toList();
    }

    /** All reasons in one line; empty: ready. */
    public String text() {
        return reasons().stream().map(Reason::toString).collect(Collectors.joining("; "));
    }
}
