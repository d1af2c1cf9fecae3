package io.narrows.bench.restarts;

import io.narrows.cli.verify.Verdict;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;

/**
 * How a case ended.
 *
 * @param gaps through the proxy of a zone
 * @param directGaps of the same partitions at the same time for Kafka's own producer at the brokers, without a proxy
 * @param inSync from the begin of the case until all replicas were in sync again
 * @param producedBytes of the load's records
 * @param diskBytes what the broker that got its replicas anew has of them on its disk; negative if none did
 */
public record CaseResult(
        RestartCase restart,
        Records records,
        Verdict verdict,
        boolean complete,
        Gaps gaps,
        Gaps directGaps,
        Duration inSync,
        Copied copied) {
    /** Records of the load that were acknowledged, and those whose send ended with an error. */
    public record Records(long acknowledged, long failed) {}

    /** Bytes of records, and bytes of the replicas that were built anew. */
    public record Copied(long producedBytes, long diskBytes) {}

    /** Per partition, the longest time without an acknowledgement, shortest first. */
    public record Gaps(List<Duration> sorted) {
        public Gaps {
            sorted = sorted.stream().sorted(Comparator.naturalOrder()).toList();
        }

        Duration shortest() {
            return sorted.get(0);
        }

        Duration median() {
            return sorted.get(sorted.size() / 2);
        }

        public Duration longest() {
            return sorted.get(sorted.size() - 1);
        }
    }

    /** Nothing lost, doubled, reordered or changed, all was read, and no producer saw an error: each has two minutes. */
    public boolean isClean() {
        return complete && verdict.isClean() && records.acknowledged() > 0 && records.failed() == 0;
    }
}
