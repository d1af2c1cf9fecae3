package io.narrows.bench.zones;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a run's namespaces are called: {@code narrows-<process>-<start of the process>-<place>}. The start tells a
 * process id that was reused by another process since.
 */
record RunName(long pid, long startMs) {
    private static final Pattern NAMESPACE = Pattern.compile("narrows-([0-9]{1,10})-([0-9]{1,15})-[a-z0-9]+");

    static RunName ofThisProcess() {
        return of(ProcessHandle.current());
    }

    private static RunName of(ProcessHandle process) {
        long start = process.info().startInstant().map(at -> at.toEpochMilli()).orElse(0L);
        return new RunName(process.pid(), start);
    }

    /** The run that a namespace belongs to; empty for a namespace that is not ours. */
    static Optional<RunName> parse(String namespace) {
        Matcher matcher = NAMESPACE.matcher(namespace);
        return matcher.matches()
                ? Optional.of(new RunName(Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2))))
                : Optional.empty();
    }

    String namespace(String place) {
        return "narrows-" + pid + "-" + startMs + "-" + place;
    }

    boolean isAlive() {
        return ProcessHandle.of(pid)
                .map(process -> of(process).startMs() == startMs)
                .orElse(false);
    }
}
