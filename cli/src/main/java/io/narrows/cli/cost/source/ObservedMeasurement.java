package io.narrows.cli.cost.source;

import io.narrows.cli.cost.Attribution;
import io.narrows.cli.cost.Attribution.StockBytes;
import io.narrows.cli.cost.Basis;
import io.narrows.cli.cost.Measurement;
import io.narrows.cli.cost.Measurement.Details;
import io.narrows.cli.cost.Measurement.Origin;
import io.narrows.cli.cost.Measurement.Topology;
import io.narrows.cli.cost.StoreUse;
import io.narrows.cli.cost.SystemKind;
import io.narrows.cli.cost.Usage;
import io.narrows.cli.cost.ZoneFlow;
import io.narrows.cli.cost.ZoneFlow.Kind;
import io.narrows.relay.price.PriceBook;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Turns an observed cluster into a measurement: rates are observed, ways are worked out. Producers are taken to be spread
 * evenly over the zones, and so are readers whose zone is unknown. Stateless but for its settings.
 */
final class ObservedMeasurement {
    private final PriceBook prices;
    private final ObserveSettings settings;
    private final List<String> zones;

    ObservedMeasurement(PriceBook prices, ObserveSettings settings, List<String> zones) {
        if (zones.size() < 2 || zones.contains("")) {
            throw new IllegalArgumentException(
                    "the brokers are in zones " + zones
                            + ": set broker.rack on every broker, to two or more zones, for a report about transfer between them");
        }
        this.prices = prices;
        this.settings = settings;
        this.zones = List.copyOf(zones);
    }

    Measurement of(int brokers, List<PartitionSample> samples, double seconds) {
        if (samples.isEmpty()) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "no topic grew in %.0f s: observe while producers are busy, or longer (--interval 5m)",
                    seconds));
        }
        long produced = samples.stream().mapToLong(PartitionSample::bytes).sum();
        NarrowsEstimate narrows = new NarrowsEstimate(prices, settings, seconds, zones);
        narrows.add(samples);
        List<ZoneFlow> common = new ArrayList<>();
        List<ZoneFlow> fromLeaders = new ArrayList<>();
        List<ZoneFlow> rackAware = new ArrayList<>();
        for (PartitionSample sample : samples) {
            produceAndReplicate(sample, common);
            consume(sample, fromLeaders, ReaderPlace.LEADER);
            consume(sample, rackAware, ReaderPlace.NEAREST);
        }
        int replicaZones = samples.stream()
                .mapToInt(sample ->
                        (int) zones.stream().filter(sample::hasReplicaIn).count())
                .max()
                .orElse(1);
        return new Measurement(
                new Origin(
                        String.format(
                                Locale.ROOT,
                                "observed cluster of %d brokers in zones %s, over %.0f s",
                                brokers,
                                String.join(", ", zones),
                                seconds),
                        seconds,
                        notes(samples)),
                List.of(
                        computed(SystemKind.STOCK, produced, common, fromLeaders),
                        computed(SystemKind.STOCK_RACK, produced, common, rackAware),
                        new Usage(
                                SystemKind.NARROWS,
                                Basis.ESTIMATED,
                                produced,
                                joined(narrows.flows(), rackAware),
                                narrows.store())),
                new Details(
                        topics(samples, narrows),
                        List.of(),
                        null,
                        List.of(),
                        new Topology(zones.size(), replicaZones)));
    }

    private enum ReaderPlace {
        LEADER,
        NEAREST
    }

    private void produceAndReplicate(PartitionSample sample, List<ZoneFlow> flows) {
        String leader = sample.leader().zone();
        for (String zone : zones) {
            flows.add(new ZoneFlow(Kind.PRODUCE, zone, leader, sample.bytes() / zones.size()));
        }
        for (String follower : sample.followerZones()) {
            flows.add(new ZoneFlow(Kind.REPLICATION, leader, follower, sample.bytes()));
        }
    }

    private void consume(PartitionSample sample, List<ZoneFlow> flows, ReaderPlace place) {
        for (PartitionSample.Reader reader : sample.readers()) {
            List<String> readerZones = reader.isKnown() ? List.of(reader.zone()) : zones;
            for (String zone : readerZones) {
                String from = place == ReaderPlace.NEAREST && sample.hasReplicaIn(zone)
                        ? zone
                        : sample.leader().zone();
                flows.add(new ZoneFlow(Kind.CONSUME, from, zone, sample.bytes() / readerZones.size()));
            }
        }
    }

    private static Usage computed(SystemKind system, long produced, List<ZoneFlow> a, List<ZoneFlow> b) {
        return new Usage(system, Basis.COMPUTED, produced, joined(a, b), StoreUse.NONE);
    }

    private static List<ZoneFlow> joined(List<ZoneFlow> a, List<ZoneFlow> b) {
        List<ZoneFlow> all = new ArrayList<>(a);
        all.addAll(b);
        return all;
    }

    private List<Attribution> topics(List<PartitionSample> samples, NarrowsEstimate narrows) {
        Map<String, StockBytes> byTopic = new LinkedHashMap<>();
        for (PartitionSample sample : samples) {
            List<ZoneFlow> written = new ArrayList<>();
            List<ZoneFlow> fromLeader = new ArrayList<>();
            List<ZoneFlow> nearest = new ArrayList<>();
            produceAndReplicate(sample, written);
            consume(sample, fromLeader, ReaderPlace.LEADER);
            consume(sample, nearest, ReaderPlace.NEAREST);
            byTopic.merge(
                    sample.topic(),
                    new StockBytes(
                            crossing(written, Kind.PRODUCE),
                            crossing(written, Kind.REPLICATION),
                            crossing(fromLeader, Kind.CONSUME),
                            crossing(nearest, Kind.CONSUME)),
                    StockBytes::plus);
        }
        List<Attribution> topics = new ArrayList<>();
        byTopic.forEach((topic, stock) -> topics.add(new Attribution(topic, narrows.path(topic), stock)));
        return topics;
    }

    private static long crossing(List<ZoneFlow> flows, Kind kind) {
        return flows.stream()
                .filter(flow -> flow.crosses() && flow.kind() == kind)
                .mapToLong(ZoneFlow::bytes)
                .sum();
    }

    private List<String> notes(List<PartitionSample> samples) {
        long unknown = samples.stream()
                .flatMap(sample -> sample.readers().stream())
                .filter(reader -> !reader.isKnown())
                .count();
        List<String> notes = new ArrayList<>();
        notes.add("The cluster was only observed. Bytes per partition are what its leaders' logs grew by; nothing was"
                + " changed and Narrows is not installed: its column is an estimate.");
        notes.add("Producers are taken to be spread evenly over the zones: Kafka does not say where they are.");
        notes.add("Each group is taken to read at the rate at which is produced.");
        if (unknown > 0) {
            notes.add(unknown + " assignments belong to members whose zone is not known; they are taken to be spread"
                    + " evenly. Map their addresses to zones with --host-zone PREFIX=ZONE.");
        }
        notes.add(String.format(
                Locale.ROOT,
                "Narrows is taken to write objects of up to %,d KiB or %d ms, to send %d bytes per batch to a leader in"
                        + " another zone and %d to each follower zone, at %,d KiB per batch; windows below break-even go"
                        + " as bytes.",
                settings.flush().bytes() / 1024,
                settings.flush().linger().toMillis(),
                NarrowsEstimate.POINTER_BYTES,
                NarrowsEstimate.LINK_BYTES,
                settings.batchBytes() / 1024));
        notes.add("Acknowledgement latency is not observed; staging adds about one PUT and one GET to it.");
        return notes;
    }
}
