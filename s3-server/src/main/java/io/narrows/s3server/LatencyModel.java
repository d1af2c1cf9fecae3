package io.narrows.s3server;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How long the server takes for each kind of request, counted from the arrival of the request's head. An answer that is
 * ready later than that is sent at once.
 */
public record LatencyModel(Map<Operation, Delay> delays) {
    public static final LatencyModel NONE = new LatencyModel(Map.of());

    private static final Pattern ITEM =
            Pattern.compile("(put|get|head|list|delete|other)=([0-9]{1,6})(ms|s)(?:~([0-9]{1,6})(ms|s))?");

    public LatencyModel {
        delays = Map.copyOf(delays);
    }

    /**
     * Parses {@code put=60ms,get=20ms~5ms}: the time per kind of request, after {@code ~} the jitter, which is drawn
     * evenly from both sides. An empty string is no latency. Throws {@link IllegalArgumentException} for anything else.
     */
    public static LatencyModel parse(String text) {
        Map<Operation, Delay> delays = new EnumMap<>(Operation.class);
        if (text.isBlank()) {
            return NONE;
        }
        for (String item : text.split(",", -1)) {
            Matcher matcher = ITEM.matcher(item.strip().toLowerCase(Locale.ROOT));
            if (!matcher.matches()) {
                throw new IllegalArgumentException(
                        "latency '" + item + "' is not of the form put=60ms or get=20ms~5ms (put, get, head, list,"
                                + " delete, other; ms or s)");
            }
            long jitterNanos = matcher.group(4) == null ? 0 : nanos(matcher.group(4), matcher.group(5));
            Delay delay = new Delay(nanos(matcher.group(2), matcher.group(3)), jitterNanos);
            delays.put(Operation.valueOf(matcher.group(1).toUpperCase(Locale.ROOT)), delay);
        }
        return new LatencyModel(delays);
    }

    long drawNanos(Operation operation, SplittableRandom random) {
        Delay delay = delays.get(operation);
        if (delay == null) {
            return 0;
        }
        long spread = delay.jitterNanos() == 0 ? 0 : random.nextLong(-delay.jitterNanos(), delay.jitterNanos() + 1);
        return Math.max(0, delay.nanos() + spread);
    }

    @Override
    public String toString() {
        List<String> items = new ArrayList<>();
        for (Operation operation : Operation.values()) {
            Delay delay = delays.get(operation);
            if (delay != null) {
                String jitter = delay.jitterNanos() == 0 ? "" : "~" + delay.jitterNanos() / 1_000_000 + "ms";
                items.add(operation.name().toLowerCase(Locale.ROOT) + "=" + delay.nanos() / 1_000_000 + "ms" + jitter);
            }
        }
        return String.join(",", items);
    }

    private static long nanos(String digits, String unit) {
        return Long.parseLong(digits) * (unit.equals("s") ? 1_000_000_000L : 1_000_000L);
    }

    /** Time and jitter to either side, in nanoseconds. */
    public record Delay(long nanos, long jitterNanos) {}
}
