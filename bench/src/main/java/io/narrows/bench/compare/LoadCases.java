package io.narrows.bench.compare;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The loads that can be chosen. Stateless. */
public final class LoadCases {
    private static final Set<SystemUnderTest> ALL = EnumSet.allOf(SystemUnderTest.class);

    /** Of 4 KiB each, a batch of 16 KiB would hold three and be 12 KiB: four of these fill it, and 16 one of 64 KiB. */
    private static final String RECORD_BYTES = "4000";

    private LoadCases() {}

    /** A kind of load. */
    public enum Kind {
        /** One producer in each zone, as fast as asked for. */
        LARGE,
        /** 1,002 producers, each of which sends a little. */
        SMALL_PRODUCERS,
        /** 1,000 partitions. */
        PARTITIONS,
        /** Every record read several times. */
        FANOUT,
        /** A day's rise and fall, compressed into the run. */
        DAY;

        /** {@code small-producers} and the like. */
        public static Kind parse(String text) {
            String name = text.trim().toUpperCase(Locale.ROOT).replace('-', '_');
            return Arrays.stream(values())
                    .filter(kind -> kind.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(
                            "'" + text + "' is not a load: write large, small-producers, partitions, fanout or day"));
        }
    }

    /**
     * @param rate as {@code narrows load --rate} takes it
     * @param fanOut how often everything is read, for {@link Kind#FANOUT}
     */
    public record Choice(String rate, String batchSize, List<Integer> fanOut, Duration duration) {
        public Choice {
            fanOut = List.copyOf(fanOut);
        }
    }

    public static List<LoadCase> of(Kind kind, Choice choice) {
        return switch (kind) {
            case LARGE -> List.of(large(choice, choice.batchSize(), ALL));
            case SMALL_PRODUCERS -> List.of(smallProducers(choice));
            case PARTITIONS ->
                List.of(new LoadCase(
                        "partitions-1000",
                        "1,000 partitions, " + rate(choice),
                        options(choice.rate(), choice.batchSize(), 1_000, "--producers", "2"),
                        1,
                        choice.duration(),
                        ALL));
            case FANOUT -> fanOut(choice);
            case DAY ->
                List.of(new LoadCase(
                        "day",
                        "a day compressed, " + choice.rate() + " at its peak",
                        options("day:" + choice.rate(), choice.batchSize(), 12),
                        1,
                        choice.duration(),
                        ALL));
        };
    }

    /** What fits into five minutes: all systems with batches of 64 KiB, and Narrows with 16 KiB. */
    public static List<LoadCase> brief(String rate, Duration duration) {
        Choice choice = new Choice(rate, "64KiB", List.of(1), duration);
        return List.of(large(choice, "64KiB", ALL), large(choice, "16KiB", EnumSet.of(SystemUnderTest.NARROWS)));
    }

    private static LoadCase large(Choice choice, String batchSize, Set<SystemUnderTest> contestants) {
        return new LoadCase(
                "large-" + batchSize,
                "a large producer per zone, batches of " + batchSize + ", " + rate(choice),
                options(choice.rate(), batchSize, 12),
                1,
                choice.duration(),
                contestants);
    }

    private static LoadCase smallProducers(Choice choice) {
        return new LoadCase(
                "small-producers",
                "1,002 small producers, " + rate(choice),
                options(
                        choice.rate(),
                        choice.batchSize(),
                        12,
                        "--producers",
                        "334",
                        "--producer-config",
                        "buffer.memory=524288"),
                1,
                choice.duration(),
                ALL);
    }

    private static List<LoadCase> fanOut(Choice choice) {
        List<LoadCase> cases = new ArrayList<>();
        for (int readers : choice.fanOut()) {
            cases.add(new LoadCase(
                    "fanout-" + readers,
                    "every record read " + (readers == 1 ? "once" : readers + " times") + ", " + rate(choice),
                    options(choice.rate(), choice.batchSize(), 12),
                    readers,
                    choice.duration(),
                    ALL));
        }
        return cases;
    }

    private static List<String> options(String rate, String batchSize, int partitions, String... more) {
        List<String> options = new ArrayList<>(List.of(
                "--rate",
                rate,
                "--batch-size",
                batchSize,
                "--partitions",
                Integer.toString(partitions),
                "--record-size",
                RECORD_BYTES));
        options.addAll(List.of(more));
        return options;
    }

    private static String rate(Choice choice) {
        return choice.rate().equals("max") ? "as fast as they can" : choice.rate();
    }
}
