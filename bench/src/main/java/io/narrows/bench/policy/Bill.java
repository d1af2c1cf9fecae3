package io.narrows.bench.policy;

import io.narrows.relay.price.PriceBook;
import java.util.BitSet;
import java.util.List;

/**
 * Adds up, to the byte and the request, what batches cause: every hop between zones with replication and consumers, PUTs,
 * GETs of leaders and of brokers that read for consumers, fees per byte where the store has them. Knows the placement of
 * replicas, which the policy does not. Used by one thread.
 */
public final class Bill {
    /** Bytes of a pointer on the relay and of its result, and of a link batch that a follower copies. */
    private static final int POINTER_BYTES = 105;

    private static final int LINK_BYTES = 110;

    private final Scenario.Cluster cluster;
    private final PriceBook prices;
    private long producedBytes;
    private long crossedBytes;
    private long putBytes;
    private long gotBytes;
    private long puts;
    private long gets;

    Bill(Scenario.Cluster cluster, PriceBook prices) {
        this.cluster = cluster;
        this.prices = prices;
    }

    /** The batches go as bytes from zone to leader to followers. */
    void direct(int zone, List<Batch> batches) {
        for (Batch batch : batches) {
            int leaderZone = cluster.zoneOfBroker(cluster.leader(batch.partition()));
            int hops = (leaderZone == zone ? 0 : 1) + remoteFollowers(batch.partition(), leaderZone);
            producedBytes += batch.bytes();
            crossedBytes += (long) hops * batch.bytes() + consumed(batch, leaderZone);
        }
    }

    /** The batches become one object. */
    void staged(int zone, List<Batch> batches) {
        BitSet readers = new BitSet();
        puts++;
        for (Batch batch : batches) {
            int leader = cluster.leader(batch.partition());
            int leaderZone = cluster.zoneOfBroker(leader);
            producedBytes += batch.bytes();
            putBytes += batch.bytes();
            crossedBytes += (long) LINK_BYTES * remoteFollowers(batch.partition(), leaderZone);
            crossedBytes += consumed(batch, leaderZone);
            if (leaderZone != zone) {
                crossedBytes += POINTER_BYTES;
                gotBytes += batch.bytes();
                readers.set(leader);
            }
            readForConsumers(batch, leaderZone, readers);
        }
        gets += readers.cardinality();
    }

    /** Leaders have what they lead; a broker of another zone fetches its ranges of the object with one GET. */
    private void readForConsumers(Batch batch, int leaderZone, BitSet readers) {
        for (int index = 1; index < cluster.replicationFactor(); index++) {
            int follower = cluster.replica(batch.partition(), index);
            int zone = cluster.zoneOfBroker(follower);
            if (zone != leaderZone && zone < cluster.readingZones() && index < cluster.zones()) {
                gotBytes += batch.bytes();
                readers.set(cluster.brokers() + follower);
            }
        }
    }

    private int remoteFollowers(int partition, int leaderZone) {
        int remote = 0;
        for (int index = 1; index < cluster.replicationFactor(); index++) {
            remote += cluster.zoneOfBroker(cluster.replica(partition, index)) == leaderZone ? 0 : 1;
        }
        return remote;
    }

    /** Readers in zones without a replica read from the leader, link or not. */
    private long consumed(Batch batch, int leaderZone) {
        long crossing = 0;
        for (int zone = 0; zone < cluster.readingZones(); zone++) {
            crossing += zone == leaderZone || hasReplica(batch.partition(), zone) ? 0 : batch.bytes();
        }
        return crossing;
    }

    private boolean hasReplica(int partition, int zone) {
        for (int index = 0; index < cluster.replicationFactor(); index++) {
            if (cluster.zoneOfBroker(cluster.replica(partition, index)) == zone) {
                return true;
            }
        }
        return false;
    }

    void add(Bill other) {
        producedBytes += other.producedBytes;
        crossedBytes += other.crossedBytes;
        putBytes += other.putBytes;
        gotBytes += other.gotBytes;
        puts += other.puts;
        gets += other.gets;
    }

    public long producedBytes() {
        return producedBytes;
    }

    public long puts() {
        return puts;
    }

    public long gets() {
        return gets;
    }

    public double dollars() {
        return crossedBytes * prices.transferPerByte()
                + puts * prices.perPut()
                + gets * prices.perGet()
                + putBytes * prices.uploadPerByte()
                + gotBytes * prices.retrievalPerByte();
    }

    public double dollarsPerTb() {
        return producedBytes == 0 ? 0 : dollars() / producedBytes * 1e12;
    }
}
