package io.narrows.bench.fairness;

import io.narrows.bench.passthrough.Way;
import io.narrows.cli.load.Rate;
import java.time.Duration;
import java.util.List;

/**
 * What is measured.
 *
 * @param ways to the brokers, one after the other
 * @param each how long the small client is watched, per kind of neighbours
 * @param rate what the small client sends
 * @param big so many producers, and so many readers, that go as fast as they can
 */
public record FairnessPlan(List<Way> ways, Duration each, Rate rate, int big) {
    public FairnessPlan {
        ways = List.copyOf(ways);
    }
}
