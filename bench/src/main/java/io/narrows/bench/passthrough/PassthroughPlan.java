package io.narrows.bench.passthrough;

import java.util.Map;

/**
 * What is measured.
 *
 * @param megabytes of the topic, which is read from its beginning again and again
 * @param readingMillis how long to read, per round and way; at least once to the end
 * @param partitions of the topic, all led by one broker
 * @param recordBytes size of a record
 * @param requests timed one by one, per round and way
 * @param rounds in each of which both ways have their turn
 * @param proxySettings that win over those of the benchmark
 */
public record PassthroughPlan(
        int megabytes,
        long readingMillis,
        int partitions,
        int recordBytes,
        int requests,
        int rounds,
        Map<String, String> proxySettings) {
    public PassthroughPlan {
        proxySettings = Map.copyOf(proxySettings);
    }
}
