package io.narrows.proxy.admin;

import io.narrows.proxy.api.ApiTable;
import io.narrows.proxy.gateway.GatewayMetrics;
import io.narrows.proxy.zone.ClientZones;
import io.narrows.relay.metrics.MetricCatalog;
import io.narrows.relay.metrics.MetricRule;
import io.narrows.relay.metrics.MetricRule.Kind;
import io.narrows.relay.metrics.ProcessMetrics;
import io.narrows.relay.rpc.RelayMetrics;
import io.narrows.relay.store.StoreMetrics;
import io.narrows.relay.wal.WalMetrics;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** All metrics of the proxy with their meaning. Stateless. */
public final class ProxyCatalog {
    public static final MetricCatalog CATALOG = new MetricCatalog(
            """
            # Metrics of the zone proxy

            `GET /metrics` on `admin.listener`, in Prometheus' text format.
            """,
            Stream.of(
                            ProcessMetrics.rules(),
                            attribution(),
                            server(),
                            router(),
                            RelayMetrics.rules(RelayMetrics.CLIENT, "leaders"),
                            GatewayMetrics.rules(),
                            upstream(),
                            WalMetrics.rules(),
                            StoreMetrics.rules("s3", Map.of()))
                    .flatMap(List::stream)
                    .toList());

    private ProxyCatalog() {}

    private static List<MetricRule> attribution() {
        return List.of(
                MetricRule.of(
                        "narrows.topic.produce.bytes",
                        Kind.COUNTER,
                        "Bytes of batches that leaders answered, by topic and path: local, staged or direct.",
                        "topic",
                        "path"),
                MetricRule.of(
                        "narrows.topic.produce.hop.bytes",
                        Kind.COUNTER,
                        "Bytes of batches that leaders answered times the transfers between zones that they would have made to "
                                + "their leader without Narrows.",
                        "topic"),
                MetricRule.of(
                        "narrows.client.produce.bytes",
                        Kind.COUNTER,
                        "Bytes of batches that leaders answered, by client id and path.",
                        "client_id",
                        "path"));
    }

    private static List<MetricRule> server() {
        return List.of(
                MetricRule.of("narrows.proxy.connections.open", Kind.GAUGE, "Client connections."),
                MetricRule.of("narrows.proxy.connections.accepted.total", Kind.COUNTER, "Client connections accepted."),
                MetricRule.of(
                        "narrows.proxy.connections.refused.total",
                        Kind.COUNTER,
                        "Client connections refused by a limit."),
                MetricRule.of(
                        "narrows.proxy.connections.failed.total",
                        Kind.COUNTER,
                        "Client connections closed for what the client sent, or did not read."),
                MetricRule.of("narrows.proxy.request.bytes.total", Kind.COUNTER, "Bytes of client requests."),
                MetricRule.of("narrows.proxy.response.bytes.total", Kind.COUNTER, "Bytes of responses to clients."),
                MetricRule.of(
                        "narrows.proxy.clients.zone",
                        Kind.GAUGE,
                        "Client connections by the zone that the client is in, as client.zone.sources say.",
                        "zone"),
                MetricRule.of(
                        ClientZones.FOREIGN, Kind.COUNTER, "Client connections from another zone than the proxy's."),
                MetricRule.of(ApiTable.FETCH_SESSIONS, Kind.GAUGE, "Incremental fetch sessions (fetch.sessions)."),
                MetricRule.of(ApiTable.FETCH_SESSION_PARTITIONS, Kind.GAUGE, "Partitions of these sessions."),
                MetricRule.of(
                        ApiTable.FETCH_SESSION_EVICTIONS, Kind.COUNTER, "Fetch sessions evicted for others."),
                MetricRule.of("narrows.proxy.request.time", Kind.TIME, "From a whole request to its response.", "api"),
                MetricRule.of("narrows.proxy.memory.used.bytes", Kind.GAUGE, "Bytes of client requests in memory."),
                MetricRule.of(
                        "narrows.proxy.memory.limit.bytes",
                        Kind.GAUGE,
                        "Bound of the bytes in memory (buffer.memory)."),
                MetricRule.of("narrows.proxy.memory.waiting", Kind.GAUGE, "Connections that wait for memory."),
                MetricRule.of(
                        "narrows.proxy.memory.clients",
                        Kind.GAUGE,
                        "Clients (host, principal and client id) with requests in memory, or waiting for some."),
                MetricRule.of(
                        "narrows.proxy.fetch.memory.used.bytes",
                        Kind.GAUGE,
                        "Bytes of brokers' answers to consumers in memory (fetch.memory)."),
                MetricRule.of(
                        "narrows.proxy.fetch.memory.waiting", Kind.GAUGE, "Answers that wait for memory, unread."),
                MetricRule.of(
                        "narrows.proxy.fetch.memory.clients",
                        Kind.GAUGE,
                        "Clients with answers in memory, or waiting for some."));
    }

    private static List<MetricRule> router() {
        return List.of(
                MetricRule.of(
                        "router.produce.batches.count", Kind.COUNTER, "Batches that leaders answered, by path.", "path"),
                MetricRule.of("router.produce.batches.bytes", Kind.COUNTER, "Bytes of these batches.", "path"),
                MetricRule.of(
                        "router.produce.ack.latency",
                        Kind.TIME,
                        "Time from the arrival of a batch to its acknowledgement.",
                        "path"),
                MetricRule.of(
                        "router.produce.windows.decision.count", Kind.COUNTER, "Flush windows, by path.", "decision"),
                MetricRule.of(
                        "router.produce.windows.close.count",
                        Kind.COUNTER,
                        "Flush windows, by why they closed.",
                        "reason"),
                MetricRule.of(
                        "router.produce.resends.count", Kind.COUNTER, "Batches sent again after a stop of their lane."),
                MetricRule.of("router.produce.lane.stops.count", Kind.COUNTER, "Lanes stopped, drained and restarted."),
                MetricRule.of(
                        "router.produce.late.results.count", Kind.COUNTER, "Leaders' answers after the deadline."),
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
                        "Batches for which the proxy itself returned an error, by reason.",
                        "reason"),
                MetricRule.of("router.produce.lanes.active.count", Kind.GAUGE, "Lanes with batches under way."),
                MetricRule.of("router.produce.held.bytes", Kind.GAUGE, "Bytes of batches under way."),
                MetricRule.of(
                        "router.produce.bypassed.bytes",
                        Kind.COUNTER,
                        "Bytes of small clients that went to leaders at once while windows were staged"
                                + " (low.rate.bypass.cost.percent)."),
                MetricRule.of("router.produce.frames.count", Kind.COUNTER, "Frames sent to leaders."));
    }

    private static List<MetricRule> upstream() {
        return List.of(
                MetricRule.of(
                        "upstream.sentBytes", Kind.COUNTER, "Kafka bytes on the wire to brokers.", "zone", "broker"),
                MetricRule.of(
                        "upstream.receivedBytes",
                        Kind.COUNTER,
                        "Kafka bytes on the wire from brokers.",
                        "zone",
                        "broker"),
                MetricRule.of("upstream.connections", Kind.GAUGE, "Kafka connections to brokers."),
                MetricRule.of(
                        "upstream.throttledClients",
                        Kind.GAUGE,
                        "Client ids throttled by brokers in the last ten minutes, which have connections of their own."),
                MetricRule.of("upstream.connectionFailures", Kind.COUNTER, "Connections to brokers that failed."),
                MetricRule.of("upstream.requestTimeouts", Kind.COUNTER, "Requests no broker answered in time."),
                MetricRule.of(
                        "fetch.sentBytes",
                        Kind.COUNTER,
                        "Bytes on the wire to brokers on consumers' fetch connections.",
                        "zone",
                        "broker"),
                MetricRule.of(
                        "fetch.receivedBytes",
                        Kind.COUNTER,
                        "Bytes on the wire from brokers on consumers' fetch connections.",
                        "zone",
                        "broker"),
                MetricRule.of("fetch.connections", Kind.GAUGE, "Consumers' fetch connections to brokers."),
                MetricRule.of("fetch.connectionFailures", Kind.COUNTER, "Fetch connections that failed."),
                MetricRule.of("fetch.requestTimeouts", Kind.COUNTER, "Fetches no broker answered in time."),
                MetricRule.of("topology.refreshes", Kind.COUNTER, "Metadata requests of the topology."),
                MetricRule.of("topology.refreshFailures", Kind.COUNTER, "Metadata requests no broker answered."),
                MetricRule.of("topology.leaderHints", Kind.COUNTER, "New leaders learned from answers."));
    }
}
