package io.narrows.bench.policy;

import io.narrows.cli.load.RateCurve;
import io.narrows.relay.Checks;
import io.narrows.relay.price.PriceBook;
import io.narrows.router.policy.PathPolicy;
import java.time.Duration;

/** A cluster, a load and prices. Immutable. */
public record Scenario(Cluster cluster, Load load, PriceBook prices, long lingerNanos, long seed) {

    /**
     * Brokers are spread evenly over the zones, one proxy per zone; leaders and followers go round over the brokers.
     *
     * @param readingZones how many zones read everything, from the replica in their zone where there is one
     */
    public record Cluster(int zones, int brokersPerZone, int partitions, int replicationFactor, int readingZones) {
        public Cluster {
            Checks.argument(zones > 0 && brokersPerZone > 0 && partitions > 0, "a cluster has all its parts");
            Checks.argument(
                    replicationFactor > 0 && replicationFactor <= zones * brokersPerZone,
                    "a replication factor is at most the number of brokers");
            Checks.argument(readingZones >= 0 && readingZones <= zones, "reading zones are zones");
        }

        int brokers() {
            return zones * brokersPerZone;
        }

        int zoneOfBroker(int broker) {
            return broker % zones;
        }

        int leader(int partition) {
            return partition % brokers();
        }

        /** Neighbours of the leader, hence in other zones as long as there are any. */
        int replica(int partition, int index) {
            return (leader(partition) + index) % brokers();
        }

        PathPolicy.Usage usage() {
            return new PathPolicy.Usage(replicationFactor, readingZones);
        }
    }

    /**
     * What all producers send together.
     *
     * @param peakBytesPerSecond at the peak of the curve, over all zones
     * @param batchBytes the size of a full batch
     * @param producerLinger batches hold what the producers of a zone send in this time, if that is less
     */
    public record Load(
            double peakBytesPerSecond,
            RateCurve curve,
            Duration duration,
            int batchBytes,
            Duration producerLinger,
            Arrivals arrivals) {
        static final int MIN_BATCH_BYTES = 1_024;

        public Load {
            Checks.argument(peakBytesPerSecond > 0 && batchBytes >= MIN_BATCH_BYTES, "a load has a rate and batches");
        }

        /** Bytes per second over all zones when this part of the run is over. */
        double rateAt(double fraction) {
            return peakBytesPerSecond * curve.shareAt(Math.min(fraction, Math.nextDown(1.0)));
        }

        int batchBytesAt(double zoneBytesPerSecond) {
            double filled = zoneBytesPerSecond * producerLinger.toNanos() / 1e9;
            return (int) Math.max(MIN_BATCH_BYTES, Math.min(batchBytes, filled));
        }
    }

    /** How batches of a zone follow each other. */
    public enum Arrivals {
        /** At even distances. */
        REGULAR,
        /** Independently of each other. */
        RANDOM,
        /** Sixteen within 16 ms, then a pause, so that the mean rate is kept. */
        BURSTS
    }

    Scenario with(Load other) {
        return new Scenario(cluster, other, prices, lingerNanos, seed);
    }

    Scenario atRate(double bytesPerSecond, Duration duration) {
        return with(new Load(
                bytesPerSecond,
                RateCurve.CONSTANT,
                duration,
                load.batchBytes(),
                load.producerLinger(),
                load.arrivals()));
    }
}
