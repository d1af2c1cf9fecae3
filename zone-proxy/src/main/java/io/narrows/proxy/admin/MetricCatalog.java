package io.narrows.proxy.admin;

import com.codahale.metrics.Counter;
import com.codahale.metrics.Histogram;
import com.codahale.metrics.Meter;
import com.codahale.metrics.Metric;
import com.codahale.metrics.Timer;
import io.narrows.proxy.admin.MetricRule.Kind;
import io.narrows.relay.store.StoreOperation;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** All metrics of the proxy with their meaning: the source of the HELP lines and of the reference page. */
public final class MetricCatalog {
    private static final List<MetricRule> RULES = Stream.concat(
                    Stream.of(
                            MetricRule.of("narrows.proxy.connections.open", Kind.GAUGE, "Client connections."),
                            MetricRule.of(
                                    "narrows.proxy.connections.accepted.total",
                                    Kind.COUNTER,
                                    "Client connections accepted."),
                            MetricRule.of(
                                    "narrows.proxy.connections.refused.total",
                                    Kind.COUNTER,
                                    "Client connections refused by a limit."),
                            MetricRule.of(
                                    "narrows.proxy.connections.failed.total",
                                    Kind.COUNTER,
                                    "Client connections closed for what the client sent, or did not read."),
                            MetricRule.of(
                                    "narrows.proxy.request.bytes.total", Kind.COUNTER, "Bytes of client requests."),
                            MetricRule.of(
                                    "narrows.proxy.response.bytes.total",
                                    Kind.COUNTER,
                                    "Bytes of responses to clients."),
                            MetricRule.of(
                                    "narrows.proxy.request.time",
                                    Kind.TIME,
                                    "From a whole request to its response.",
                                    "api"),
                            MetricRule.of(
                                    "narrows.proxy.memory.used.bytes",
                                    Kind.GAUGE,
                                    "Bytes of client requests in memory."),
                            MetricRule.of(
                                    "narrows.proxy.memory.limit.bytes",
                                    Kind.GAUGE,
                                    "Bound of the bytes in memory (buffer.memory)."),
                            MetricRule.of(
                                    "narrows.proxy.memory.waiting", Kind.GAUGE, "Connections that wait for memory."),
                            MetricRule.of(
                                    "router.produce.batches.count",
                                    Kind.COUNTER,
                                    "Batches sent to leaders, by form.",
                                    "form"),
                            MetricRule.of(
                                    "router.produce.batches.bytes", Kind.COUNTER, "Bytes of these batches.", "form"),
                            MetricRule.of(
                                    "router.produce.ack.latency.us",
                                    Kind.DISTRIBUTION,
                                    "Microseconds from a batch's arrival to its answer.",
                                    "form"),
                            MetricRule.of(
                                    "router.produce.windows.decision.count",
                                    Kind.COUNTER,
                                    "Flush windows, by path.",
                                    "decision"),
                            MetricRule.of(
                                    "router.produce.windows.close.count",
                                    Kind.COUNTER,
                                    "Flush windows, by why they closed.",
                                    "reason"),
                            MetricRule.of(
                                    "router.produce.resends.count",
                                    Kind.COUNTER,
                                    "Batches sent again after a stop of their lane."),
                            MetricRule.of(
                                    "router.produce.lane.stops.count",
                                    Kind.COUNTER,
                                    "Lanes stopped, drained and restarted."),
                            MetricRule.of(
                                    "router.produce.late.results.count",
                                    Kind.COUNTER,
                                    "Leaders' answers after the deadline."),
                            MetricRule.of(
                                    "router.produce.late.puts.count",
                                    Kind.COUNTER,
                                    "PUTs that succeeded after they were given up."),
                            MetricRule.of(
                                    "router.produce.unreadable.objects.count",
                                    Kind.COUNTER,
                                    "Pointers whose object a leader could not read; their bytes were sent instead."),
                            MetricRule.of(
                                    "router.produce.unexpected.results.count",
                                    Kind.COUNTER,
                                    "Answers that match no request: a bug."),
                            MetricRule.of(
                                    "router.produce.ended.by.proxy.count",
                                    Kind.COUNTER,
                                    "Batches the proxy itself gave an error.",
                                    "cause"),
                            MetricRule.of(
                                    "router.produce.lanes.active.count", Kind.GAUGE, "Lanes with batches under way."),
                            MetricRule.of("router.produce.held.bytes", Kind.GAUGE, "Bytes of batches under way."),
                            MetricRule.of("router.produce.frames.count", Kind.COUNTER, "Frames sent to leaders."),
                            MetricRule.of(
                                    "relay.client.sentBytes",
                                    Kind.COUNTER,
                                    "Relay bytes on the wire to leaders.",
                                    "zone"),
                            MetricRule.of(
                                    "relay.client.receivedBytes",
                                    Kind.COUNTER,
                                    "Relay bytes on the wire from leaders.",
                                    "zone"),
                            MetricRule.of("relay.client.connections", Kind.GAUGE, "Relay connections."),
                            MetricRule.of(
                                    "relay.client.malformedFrames",
                                    Kind.COUNTER,
                                    "Frames from leaders that make no sense."),
                            MetricRule.of("relay.client.roundTrip", Kind.TIME, "Round trip of a relay ping."),
                            MetricRule.of(
                                    "upstream.sentBytes",
                                    Kind.COUNTER,
                                    "Kafka bytes on the wire to brokers.",
                                    "zone",
                                    "broker"),
                            MetricRule.of(
                                    "upstream.receivedBytes",
                                    Kind.COUNTER,
                                    "Kafka bytes on the wire from brokers.",
                                    "zone",
                                    "broker"),
                            MetricRule.of("upstream.connections", Kind.GAUGE, "Kafka connections to brokers."),
                            MetricRule.of(
                                    "upstream.connectionFailures", Kind.COUNTER, "Connections to brokers that failed."),
                            MetricRule.of(
                                    "upstream.requestTimeouts", Kind.COUNTER, "Requests no broker answered in time."),
                            MetricRule.of("topology.refreshes", Kind.COUNTER, "Metadata requests of the topology."),
                            MetricRule.of(
                                    "topology.refreshFailures", Kind.COUNTER, "Metadata requests no broker answered."),
                            MetricRule.of("topology.leaderHints", Kind.COUNTER, "New leaders learned from answers."),
                            MetricRule.of("wal.objects", Kind.COUNTER, "WAL objects written."),
                            MetricRule.of("wal.bytes", Kind.COUNTER, "Bytes of WAL objects written."),
                            MetricRule.of("wal.blocks", Kind.COUNTER, "Batches in WAL objects written."),
                            MetricRule.of("wal.put.latency", Kind.TIME, "PUTs of WAL objects."),
                            MetricRule.of("wal.put.failures", Kind.COUNTER, "PUTs of WAL objects that failed."),
                            MetricRule.of("wal.windows.expired", Kind.COUNTER, "Flush windows whose PUT was given up."),
                            MetricRule.of("wal.orphans", Kind.COUNTER, "WAL objects that nothing points to."),
                            MetricRule.of("wal.puts.in.flight", Kind.GAUGE, "PUTs under way."),
                            MetricRule.of("wal.windows.queued", Kind.GAUGE, "Flush windows that wait for a PUT."),
                            MetricRule.of("s3.put.bytes", Kind.COUNTER, "Bytes put."),
                            MetricRule.of("s3.get.bytes", Kind.COUNTER, "Bytes got."),
                            MetricRule.of(
                                    "s3.failures", Kind.COUNTER, "Failed operations of the object store.", "kind"),
                            MetricRule.of(
                                    "s3.hedges",
                                    Kind.COUNTER,
                                    "Second attempts started because the first was slow.",
                                    "event")),
                    operations())
            .toList();

    private MetricCatalog() {}

    private static Stream<MetricRule> operations() {
        return Arrays.stream(StoreOperation.values())
                .map(StoreOperation::label)
                .flatMap(label -> Stream.of(
                        MetricRule.of(
                                "s3." + label + ".latency",
                                Kind.TIME,
                                "Operations of the object store (" + label + "), with their retries."),
                        MetricRule.of(
                                "s3." + label + ".attempts",
                                Kind.COUNTER,
                                "Requests sent to the object store (" + label + ").")));
    }

    /** The rule for a metric; one made up from name and type if the catalog does not have it. */
    static MetricRule rule(String name, Metric metric) {
        return RULES.stream().filter(rule -> rule.covers(name)).findFirst().orElseGet(() -> madeUp(name, metric));
    }

    static boolean knows(String name) {
        return RULES.stream().anyMatch(rule -> rule.covers(name));
    }

    private static MetricRule madeUp(String name, Metric metric) {
        Kind kind = Kind.GAUGE;
        if (metric instanceof Timer) {
            kind = Kind.TIME;
        } else if (metric instanceof Histogram) {
            kind = Kind.DISTRIBUTION;
        } else if (metric instanceof Meter || metric instanceof Counter) {
            kind = Kind.COUNTER;
        }
        return MetricRule.of(name, kind, name);
    }

    /** The reference page in Markdown. */
    public static String markdown() {
        StringBuilder page = new StringBuilder("""
                # Metrics of the zone proxy

                `GET /metrics` on `admin.listener`, in Prometheus' text format. This page is generated from the code.
                Times are in seconds, sizes in bytes.

                | Metric | Type | Labels | Meaning |
                |---|---|---|---|
                """);
        for (MetricRule rule : RULES) {
            page.append("| `")
                    .append(rule.exposedName())
                    .append("` | ")
                    .append(rule.kind().name().toLowerCase(Locale.ROOT))
                    .append(" | ")
                    .append(String.join(", ", rule.labels()))
                    .append(" | ")
                    .append(rule.help())
                    .append(" |\n");
        }
        return page.toString();
    }
}
