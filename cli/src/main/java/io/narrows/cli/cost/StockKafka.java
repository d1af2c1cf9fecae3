package io.narrows.cli.cost;

import java.util.List;

/**
 * What stock Kafka would have sent between zones for the same batches: each batch from its producer to the leader, from
 * the leader to each follower, and from the leader to the readers. Batches only: requests, answers and metadata of stock
 * Kafka are not charged to it.
 *
 * @param produce bytes from producers to leaders in other zones
 * @param replication bytes from leaders to followers in other zones
 * @param consumeFromLeader bytes to readers in other zones than the leader's, as without rack-aware fetching
 */
public record StockKafka(long produce, long replication, long consumeFromLeader) {

    /** With readers that fetch from a replica of their own zone, which stock Kafka can do too. */
    public long totalRackAware() {
        return produce + replication;
    }

    /** With readers that fetch from leaders, Kafka's default. */
    public long totalFromLeaders() {
        return produce + replication + consumeFromLeader;
    }

    /** Adds up what each partition's batches would have caused. */
    public static StockKafka of(List<PartitionLoad> loads) {
        double produce = 0;
        double replication = 0;
        double consume = 0;
        for (PartitionLoad load : loads) {
            String leaderZone = load.placement().leaderZone();
            produce += load.producerZone().equals(leaderZone) ? 0 : load.bytes();
            long remoteFollowers = load.placement().followerZones().stream()
                    .filter(zone -> !zone.equals(leaderZone))
                    .count();
            replication += load.bytes() * remoteFollowers;
            long remoteReaders = load.readerZones().stream()
                    .filter(zone -> !zone.equals(leaderZone))
                    .count();
            consume += load.bytes() * remoteReaders;
        }
        return new StockKafka(Math.round(produce), Math.round(replication), Math.round(consume));
    }

    /** Bytes of batches that producers of one zone wrote to one partition, and the zones that read them. */
    public record PartitionLoad(String producerZone, double bytes, Placement placement, List<String> readerZones) {
        public PartitionLoad {
            readerZones = List.copyOf(readerZones);
        }
    }

    /** Where a partition's leader and followers are. */
    public record Placement(String leaderZone, List<String> followerZones) {
        public Placement {
            followerZones = List.copyOf(followerZones);
        }
    }
}
