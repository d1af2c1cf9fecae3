package io.narrows.cli.demo;

import io.narrows.cli.cluster.ZoneLayout;
import io.narrows.cli.cost.CrossZone;
import io.narrows.cli.cost.StockKafka;
import io.narrows.cli.cost.StockKafka.PartitionLoad;
import io.narrows.cli.cost.StockKafka.Placement;
import io.narrows.cli.load.ClientTraffic;
import io.narrows.cli.load.LoadPlan;
import io.narrows.cli.load.LoadResult;
import io.narrows.cli.load.LoadRun;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Puts clients' counters and partition placements together into bytes between zones. Stateless. */
final class ZoneBytes {
    private ZoneBytes() {}

    /** What clients exchanged with nodes outside their zone: producers (they send batches) and consumers. */
    static CrossZone ofClients(ZoneLayout layout, List<ClientTraffic> clients) {
        long produce = 0;
        long consume = 0;
        for (ClientTraffic client : clients) {
            long crossing = 0;
            for (Map.Entry<Integer, Long> node : client.nodeBytes().entrySet()) {
                crossing += isRemote(layout, client.zone(), node.getKey()) ? node.getValue() : 0;
            }
            if (client.role() == ClientTraffic.Role.PRODUCER) {
                produce += crossing;
            } else {
                consume += crossing;
            }
        }
        return new CrossZone(produce, 0, consume, 0, 0);
    }

    /**
     * Node ids that are no broker's are a proxy's, which is in the client's zone. Of the bootstrap addresses, which
     * have negative ids, the first is in the client's zone and the n-th is of the n-th zone otherwise.
     */
    private static boolean isRemote(ZoneLayout layout, String zone, int node) {
        if (node < 0) {
            return node != -1;
        }
        return layout.isBroker(node) && !layout.zoneOfBroker(node).equals(zone);
    }

    static CrossZone minus(CrossZone end, CrossZone start) {
        return new CrossZone(
                end.produce() - start.produce(),
                end.replication() - start.replication(),
                end.consume() - start.consume(),
                end.relay() - start.relay(),
                end.metadata() - start.metadata());
    }

    static CrossZone plus(CrossZone a, CrossZone b) {
        return new CrossZone(
                a.produce() + b.produce(),
                a.replication() + b.replication(),
                a.consume() + b.consume(),
                a.relay() + b.relay(),
                a.metadata() + b.metadata());
    }

    /** What stock Kafka would have sent for this run. */
    static StockKafka stock(LoadPlan plan, ZoneLayout layout, LoadResult load, List<Placement> placements) {
        double bytesPerRecord =
                (double) batchBytes(load) / Math.max(1, load.totals().acknowledged());
        List<PartitionLoad> loads = new ArrayList<>();
        load.acknowledged().forEach((producer, byPartition) -> {
            String zone = layout.zones().get(producer / plan.producers().perZone());
            for (int partition = 0; partition < byPartition.length && partition < placements.size(); partition++) {
                loads.add(new PartitionLoad(
                        zone,
                        byPartition[partition] * bytesPerRecord,
                        placements.get(partition),
                        readers(plan, layout, partition)));
            }
        });
        return StockKafka.of(loads);
    }

    private static List<String> readers(LoadPlan plan, ZoneLayout layout, int partition) {
        return switch (plan.readers().fanOut()) {
            case NONE -> List.of();
            case SHARED ->
                List.of(layout.zones()
                        .get(LoadRun.readerZone(partition, layout.zones().size())));
            case EVERY_ZONE -> layout.zones();
        };
    }

    static long batchBytes(LoadResult load) {
        return load.traffic().stream().mapToLong(ClientTraffic::batchBytes).sum();
    }
}
