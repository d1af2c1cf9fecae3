package io.narrows.bench.compare;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A load, and who gets it.
 *
 * @param name in results, for example {@code large-64KiB}
 * @param options as {@code narrows load} takes them, without rack and duration
 * @param readers so many times every record is read, by groups whose members share the partitions among the zones
 */
public record LoadCase(
        String name,
        String title,
        List<String> options,
        int readers,
        Duration duration,
        Set<SystemUnderTest> contestants) {
    private static final double REMOTE_SHARE = 2.0 / 3;

    public LoadCase {
        options = List.copyOf(options);
        contestants = Set.copyOf(contestants);
    }

    /** Consumers say their rack only where that is what is measured. */
    List<String> optionsFor(SystemUnderTest contestant) {
        List<String> all = new ArrayList<>(options);
        all.addAll(List.of("--groups", Integer.toString(readers), "--schedule", "strict"));
        if (!contestant.readsByRack()) {
            all.addAll(List.of("--consumer-config", "client.rack="));
        }
        return all;
    }

    /**
     * Bytes that have to cross zones for a produced byte, batches alone, with three replicas in three zones: two of three
     * leaders and readers are elsewhere, and so are both followers.
     */
    double theory(SystemUnderTest contestant) {
        return switch (contestant) {
            case STOCK -> REMOTE_SHARE + 2 + REMOTE_SHARE * readers;
            case STOCK_RACK -> REMOTE_SHARE + 2;
            case NARROWS -> 0;
            case NARROWS_DIRECT -> REMOTE_SHARE;
        };
    }
}
