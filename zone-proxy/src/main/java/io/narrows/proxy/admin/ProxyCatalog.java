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
                        "Bytes of batches that leaders responded to, by topic and path: local, staged or" + " direct.",
                        "topic",
                        "path"),
                MetricRule.of(
                        "narrows.topic.produce.hop.bytes",
                        Kind.COUNTER,
                        "Bytes of these batches, times the transfers between zones that they would need"
                                + " to their leader without Narrows.",
                        "topic"),
                MetricRule.of(
                        "narrows.client.produce.bytes",
                        Kind.COUNTER,
                        "Bytes of batches that leaders responded to, by client id and path.",
                        "client_id",
                        "path"));
    }

    private static List<MetricRule> server() {
        return List.of(
                MetricRule.of("narrows.proxy.connections.open", Kind.GAUGE, "Open client connections."),
                MetricRule.of("narrows.proxy.connections.accepted.total", Kind.COUNTER, "Client connections accepted."),
                MetricRule.of(
                        "narrows.proxy.connections.refused.total",
                        Kind.COUNTER,
                        "Client connections refused by a limit."),
                MetricRule.of(
                        "narrows.proxy.connections.failed.total",
                        Kind.COUNTER,
                        "Client connections closed because of malformed requests, or of responses that"
                                + " the client did not read."),
                MetricRule.of("narrows.proxy.request.bytes.total", Kind.COUNTER, "Bytes of client requests."),
                MetricRule.of("narrows.proxy.response.bytes.total", Kind.COUNTER, "Bytes of responses to clients."),
                MetricRule.of(
                        "narrows.proxy.clients.zone",
                        Kind.GAUGE,
                        "Open client connections by the zone of the client (client.zone.sources).",
                        "zone"),
                MetricRule.of(
                        ClientZones.FOREIGN, Kind.COUNTER, "Client connections from another zone than the proxy's."),
                MetricRule.of(ApiTable.FETCH_SESSIONS, Kind.GAUGE, "Incremental fetch sessions (fetch.sessions)."),
                MetricRule.of(ApiTable.FETCH_SESSION_PARTITIONS, Kind.GAUGE, "Partitions of these sessions."),
                MetricRule.of(ApiTable.FETCH_SESSION_EVICTIONS, Kind.COUNTER, "Fetch sessions evicted for others."),
                MetricRule.of(
                        "narrows.proxy.request.time",
                        Kind.TIME,
                        "Time from the last byte of a request to its response.",
                        "api"),
                MetricRule.of("narrows.proxy.memory.used.bytes", Kind.GAUGE, "Memory reserved for client requests."),
                MetricRule.of(
                        "narrows.proxy.memory.limit.bytes",
                        Kind.GAUGE,
                        "Maximum memory for client requests (buffer.memory)."),
                MetricRule.of("narrows.proxy.memory.waiting", Kind.GAUGE, "Connections that wait for memory."),
                MetricRule.of(
                        "narrows.proxy.memory.clients",
                        Kind.GAUGE,
                        "Clients (host, principal and client id) that hold memory for requests, or wait" + " for it."),
                MetricRule.of(
                        "narrows.proxy.fetch.memory.used.bytes",
                        Kind.GAUGE,
                        "Memory reserved for fetch responses from brokers (fetch.memory)."),
                MetricRule.of(
                        "narrows.proxy.fetch.memory.waiting",
                        Kind.GAUGE,
                        "Fetch responses that wait for memory, unread."),
                MetricRule.of(
                        "narrows.proxy.fetch.memory.clients",
                        Kind.GAUGE,
                        "Clients that hold memory for fetch responses, or wait for it."));
    }

    private static List<MetricRule> router() {
        return List.of(
                MetricRule.of(
                        "router.produce.batches.count",
                        Kind.COUNTER,
                        "Batches that leaders responded to, by path.",
                        "path"),
                MetricRule.of("router.produce.batches.bytes", Kind.COUNTER, "Bytes of these batches.", "path"),
                MetricRule.of(
                        "router.produce.ack.latency",
                        Kind.TIME,
                        "Time from the arrival of a batch to its acknowledgement.",
                        "path"),
                MetricRule.of(
                        "router.produce.windows.decision.count",
                        Kind.COUNTER,
                        "Flush windows, by the decision on their path.",
                        "decision"),
                MetricRule.of(
                        "router.produce.windows.close.count",
                        Kind.COUNTER,
                        "Flush windows, by the reason for closing them.",
                        "reason"),
                MetricRule.of(
                        "router.produce.resends.count",
                        Kind.COUNTER,
                        "Batches sent again after their lane was stopped."),
                MetricRule.of("router.produce.lane.stops.count", Kind.COUNTER, "Lanes stopped, drained and restarted."),
                MetricRule.of(
                        "router.produce.late.results.count", Kind.COUNTER, "Responses of leaders after the deadline."),
                MetricRule.of(
                        "router.produce.late.puts.count", Kind.COUNTER, "PUTs that succeeded after their deadline."),
                MetricRule.of(
                        "router.produce.unreadable.objects.count",
                        Kind.COUNTER,
                        "Pointers whose object a leader could not read; the bytes were sent instead."),
                MetricRule.of(
                        "router.produce.unexpected.results.count",
                        Kind.COUNTER,
                        "Responses that match no request: a bug."),
                MetricRule.of(
                        "router.produce.ended.by.proxy.count",
                        Kind.COUNTER,
                        "Batches for which the proxy itself returned an error, by reason.",
                        "reason"),
                MetricRule.of("router.produce.lanes.active.count", Kind.GAUGE, "Lanes with batches in flight."),
                MetricRule.of("router.produce.held.bytes", Kind.GAUGE, "Bytes of batches in flight."),
                MetricRule.of(
                        "router.produce.bypassed.bytes",
                        Kind.COUNTER,
                        "Bytes of low-rate clients that bypassed staged windows" + " (low.rate.bypass.cost.percent)."),
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
                        "Client ids throttled by brokers in the last ten minutes, which have separate"
                                + " connections."),
                MetricRule.of("upstream.connectionFailures", Kind.COUNTER, "Connections to brokers that failed."),
                MetricRule.of(
                        "upstream.requestTimeouts", Kind.COUNTER, "Requests without a response before the deadline."),
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
                MetricRule.of("fetch.requestTimeouts", Kind.COUNTER, "Fetches without a response before the deadline."),
                MetricRule.of("topology.refreshes", Kind.COUNTER, "Metadata requests of the topology."),
                MetricRule.of(
                        "topology.refreshFailures",
                        Kind.COUNTER,
                        "Metadata requests without a response from any broker."),
                MetricRule.of("topology.leaderHints", Kind.COUNTER, "New leaders learned from responses."));
    }
}
