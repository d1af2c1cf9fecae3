package io.narrows.s3server;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How long the server takes for each kind of request, counted from the arrival of the request's head, and how many it
 * refuses with 503 SlowDown. A response that is ready later than that is sent immediately.
 *
 * @param name of a profile; empty when the times were given one by one
 * @param refusedShare of all requests, from 0 to 1
 */
public record LatencyModel(String name, Map<Operation, Delay> delays, double refusedShare) {
    public static final LatencyModel NONE = new LatencyModel("", Map.of(), 0);

    private static final Pattern ITEM =
            Pattern.compile("(put|get|head|list|delete|other)=([0-9]{1,6})(ms|s)(?:~([0-9]{1,6})(ms|s))?");

    public LatencyModel {
        delays = Map.copyOf(delays);
    }

    /**
     * Parses the name of a profile ({@code standard}, {@code express}, {@code bad-day}), or times like
     * {@code put=60ms,get=20ms~5ms}: the time per kind of request, after {@code ~} the jitter, which is drawn evenly from
     * both sides. An empty string is no latency. Throws {@link IllegalArgumentException} for anything else.
     */
    public static LatencyModel parse(String text) {
        if (text.isBlank()) {
            return NONE;
        }
        LatencyModel profile = LatencyProfiles.ALL.get(text.strip().toLowerCase(Locale.ROOT));
        if (profile != null) {
            return profile;
        }
        Map<Operation, Delay> delays = new EnumMap<>(Operation.class);
        for (String item : text.split(",", -1)) {
            Matcher matcher = ITEM.matcher(item.strip().toLowerCase(Locale.ROOT));
            if (!matcher.matches()) {
                throw new IllegalArgumentException("latency '" + item + "' is neither one of "
                        + new TreeSet<>(LatencyProfiles.ALL.keySet())
                        + " nor of the form put=60ms or get=20ms~5ms (put, get, head, list, delete, other; ms or s)");
            }
            long jitterNanos = matcher.group(4) == null ? 0 : nanos(matcher.group(4), matcher.group(5));
            Delay delay = new Delay.Even(nanos(matcher.group(2), matcher.group(3)), jitterNanos);
            delays.put(Operation.valueOf(matcher.group(1).toUpperCase(Locale.ROOT)), delay);
        }
        return new LatencyModel("", delays, 0);
    }

    /** @param bytes of the body that the request or its answer carries */
    long drawNanos(Operation operation, long bytes, SplittableRandom random) {
        Delay delay = delays.get(operation);
        return delay == null ? 0 : delay.drawNanos(bytes, random);
    }

    @Override
    public String toString() {
        if (!name.isEmpty()) {
            return name;
        }
        List<String> items = new ArrayList<>();
        for (Operation operation : Operation.values()) {
            Delay delay = delays.get(operation);
            if (delay != null) {
                items.add(operation.name().toLowerCase(Locale.ROOT) + "=" + delay);
            }
        }
        return String.join(",", items);
    }

    private static long nanos(String digits, String unit) {
        return Long.parseLong(digits) * (unit.equals("s") ? 1_000_000_000L : 1_000_000L);
    }
}
