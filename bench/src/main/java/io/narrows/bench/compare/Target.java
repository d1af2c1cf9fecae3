package io.narrows.bench.compare;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What Narrows through proxies has promised to send between zones at most, for a byte produced. */
record Target(String load, double atMost, double seen) {
    private static final List<Promise> PROMISES =
            List.of(new Promise("large-64KiB", 0.01), new Promise("large-16KiB", 0.03));

    private record Promise(String load, double atMost) {}

    static Optional<Target> of(Averages averages) {
        if (averages.contestant() != SystemUnderTest.NARROWS) {
            return Optional.empty();
        }
        return PROMISES.stream()
                .filter(promise -> promise.load().equals(averages.load().name()))
                .map(promise -> new Target(promise.load(), promise.atMost(), averages.mean(Measured::crossing)))
                .findFirst();
    }

    boolean isMet() {
        return seen <= atMost;
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%s: Narrows sent %.4f bytes between zones for a byte produced; target at most %.2f: %s",
                load,
                seen,
                atMost,
                isMet() ? "met" : "MISSED");
    }
}
