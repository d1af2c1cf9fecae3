package io.narrows.router.topology;

import io.narrows.relay.log.FoldedLog;
import io.narrows.relay.loop.Loop;
import io.narrows.router.upstream.BrokerAddress;
import io.narrows.router.upstream.BrokerDirectory;
import io.narrows.router.upstream.Upstream;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Topology from Metadata requests: all topics in use at an interval, and immediately what a caller asks for, with one round
 * of requests in flight at a time. State is owned by the router's loop, on which the upstream completes its futures.
 */
public final class ClusterTopology implements Topology, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterTopology.class);
    private static final String CLIENT_ID = "narrows-topology";

    /** A view with new brokers is held back for so long, so that their relay endpoints are in it. */
    private static final long RELAY_LOOKUP_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** No topic has it, and a broker refuses a whole request with such a topic. */
    private static final UUID NO_ID = new UUID(0, 0);

    /** Of one list, in one round of requests. Ids cost more, see {@link Refresh}. */
    private static final int MAX_NAMES_AT_A_TIME = 1_000;

    private static final int MAX_IDS_AT_A_TIME = 200;

    /** What is beyond that in a list stays unknown. */
    private static final int MAX_ASKED = 20_000;

    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final Loop loop;
    private final Upstream upstream;
    private final BrokerDirectory directory;
    private final TopologySettings settings;
    private final TopologyMetrics metrics;
    private final RelayEndpoints relays;

    private final ConcurrentHashMap<UUID, AtomicLong> usedAtNanos = new ConcurrentHashMap<>();
    private volatile ClusterView view = ClusterView.EMPTY;

    private final FoldedLog outage = FoldedLog.perMinute(1);
    private Refresh next = new Refresh();
    private boolean underWay;
    private boolean scheduled;
    private boolean closed;
    private long sentAtNanos;

    /** {@code directory} learns of the brokers that Metadata names; usually it is the upstream itself. */
    public ClusterTopology(
            Loop loop,
            Upstream upstream,
            BrokerDirectory directory,
            TopologySettings settings,
            TopologyMetrics metrics) {
        this.loop = loop;
        this.upstream = upstream;
        this.directory = directory;
        this.settings = settings;
        this.metrics = metrics;
        this.relays = new RelayEndpoints(loop, upstream, settings.relays(), this::relaysChanged);
        this.sentAtNanos = loop.nanoTime() - minIntervalNanos();
    }

    /** Begins to look for brokers, repeatedly until one responds, and to refresh at the interval. */
    public void start() {
        loop.execute(() -> {
            next.want();
            maybeSend();
            scheduleInterval();
        });
    }

    @Override
    public ClusterView view() {
        return view;
    }

    @Override
    public CompletableFuture<ClusterView> refreshTopics(Set<String> names, AutoCreate autoCreate) {
        // A name that no topic can have may not fit into a request, which carries the names of all clients.
        List<String> valid =
                names.stream().filter(Topic::isValid).limit(MAX_ASKED).toList();
        return askInTurn(valid, MAX_NAMES_AT_A_TIME, now -> next.names(now, autoCreate));
    }

    @Override
    public CompletableFuture<ClusterView> refreshTopicIds(Set<UUID> ids) {
        List<UUID> valid =
                ids.stream().filter(id -> !id.equals(NO_ID)).limit(MAX_ASKED).toList();
        return askInTurn(valid, MAX_IDS_AT_A_TIME, now -> next.ids(now));
    }

    /** Part by part, so that others' look-ups come between those of a long list. */
    private <T> CompletableFuture<ClusterView> askInTurn(List<T> all, int atATime, Consumer<List<T>> add) {
        if (all.isEmpty()) {
            return CompletableFuture.completedFuture(view);
        }
        List<T> now = all.subList(0, Math.min(atATime, all.size()));
        List<T> rest = all.subList(now.size(), all.size());
        CompletableFuture<ClusterView> answer = ask(() -> add.accept(now));
        return rest.isEmpty() ? answer : answer.thenCompose(unused -> askInTurn(rest, atATime, add));
    }

    @Override
    public void leaderHint(UUID topicId, int partition, int leaderId, int leaderEpoch) {
        onLoop(() -> {
            PartitionView known = view.partition(topicId, partition);
            if (leaderId < 0 || known == null || leaderEpoch <= known.leaderEpoch()) {
                return;
            }
            view = MetadataMerge.withLeader(
                    view, topicId, new PartitionView(partition, leaderId, leaderEpoch, known.inSyncIds()));
            metrics.leaderHints().inc();
            if (!view.brokers().containsKey(leaderId)) {
                next.ids(List.of(topicId));
                maybeSend();
            }
        });
    }

    @Override
    public void used(UUID topicId) {
        AtomicLong at = usedAtNanos.get(topicId);
        if (at != null) {
            at.lazySet(loop.nanoTime());
        }
    }

    @Override
    public void close() {
        loop.execute(() -> {
            closed = true;
            fail(next, new IllegalStateException("the topology is closed"));
            next = new Refresh();
        });
    }

    private CompletableFuture<ClusterView> ask(Runnable add) {
        CompletableFuture<ClusterView> answer = new CompletableFuture<>();
        onLoop(() -> {
            if (closed) {
                answer.completeExceptionally(new IllegalStateException("the topology is closed"));
                return;
            }
            add.run();
            next.addWaiter(answer);
            maybeSend();
        });
        return answer;
    }

    private void onLoop(Runnable task) {
        if (loop.inLoop()) {
            task.run();
        } else {
            loop.execute(task);
        }
    }

    private void scheduleInterval() {
        var unused = loop.schedule(TimeUnit.MILLISECONDS.toNanos(settings.refreshIntervalMs()), () -> {
            if (closed) {
                return;
            }
            forgetIdleTopics();
            next.known(view.topicsByName().keySet());
            maybeSend();
            relays.lookUpAll(view.brokers().keySet());
            scheduleInterval();
        });
    }

    /** Sends what is wanted, unless a round is in flight or the last one was too short a time ago. */
    private void maybeSend() {
        if (closed || underWay || scheduled || !next.isWanted()) {
            return;
        }
        long waitNanos = sentAtNanos + minIntervalNanos() - loop.nanoTime();
        if (waitNanos > 0) {
            sendIn(waitNanos);
            return;
        }
        Refresh round = next;
        next = new Refresh();
        sentAtNanos = loop.nanoTime();
        underWay = true;
        List<CompletableFuture<@Nullable Void>> answers = new ArrayList<>();
        for (MetadataRequestData request : round.requests(view)) {
            metrics.refreshes().inc();
            answers.add(upstream.send(
                            new Upstream.Target.AnyBroker(), ApiKeys.METADATA, Upstream.NEWEST, CLIENT_ID, request)
                    .thenAccept(answer -> apply((MetadataResponseData) answer)));
        }
        BiConsumer<@Nullable Void, @Nullable Throwable> finish = (ignored, failure) -> finish(round, failure);
        var unused = CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .whenComplete(finish);
    }

    private void sendIn(long nanos) {
        scheduled = true;
        var unused = loop.schedule(nanos, () -> {
            scheduled = false;
            maybeSend();
        });
    }

    private void apply(MetadataResponseData answer) {
        if (answer.brokers().isEmpty()) {
            throw new IllegalArgumentException("a Metadata response has no brokers");
        }
        ClusterView merged = MetadataMerge.merge(view, answer, relays);
        view = merged;
        long now = loop.nanoTime();
        for (MetadataResponseData.MetadataResponseTopic topic : answer.topics()) {
            UUID id = MetadataMerge.toUuid(topic.topicId());
            if (merged.topicsById().containsKey(id)) {
                usedAtNanos.computeIfAbsent(id, key -> new AtomicLong(now));
            }
        }
        directory.brokers(merged.brokers().values().stream()
                .map(broker -> new BrokerAddress(
                        broker.id(), InetSocketAddress.createUnresolved(broker.host(), broker.port()), broker.zone()))
                .toList());
    }

    private void finish(Refresh round, @Nullable Throwable failure) {
        underWay = false;
        if (failure != null) {
            Throwable cause =
                    failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
            metrics.refreshFailures().inc();
            outage.write(
                    loop.nanoTime(),
                    folded -> LOG.atWarn()
                            .addKeyValue("cause", cause.toString())
                            .addKeyValue(FoldedLog.KEY, folded)
                            .log("No response from any broker to a Metadata request"));
            fail(round, cause);
            if (view.brokers().isEmpty()) {
                next.want();
                sendIn(RETRY_NANOS);
            }
        } else {
            outage.reset();
            round.uses(view).forEach(this::used);
            answer(round);
        }
        maybeSend();
    }

    /** Tells those who wait, once new brokers have said where their relays are or have had the time to. */
    private void answer(Refresh round) {
        CompletableFuture<Void> settled = relays.lookUpNew(view.brokers().keySet());
        if (settled.isDone()) {
            round.waiting().forEach(waiter -> waiter.complete(view));
            return;
        }
        Loop.Timer limit = loop.schedule(RELAY_LOOKUP_NANOS, () -> settled.complete(null));
        var unused = settled.thenRun(() -> {
            limit.cancel();
            round.waiting().forEach(waiter -> waiter.complete(view));
        });
    }

    private static void fail(Refresh round, Throwable cause) {
        round.waiting().forEach(waiter -> waiter.completeExceptionally(cause));
    }

    private void relaysChanged() {
        view = MetadataMerge.withRelays(view, relays);
    }

    private void forgetIdleTopics() {
        long idleNanos = TimeUnit.MILLISECONDS.toNanos(settings.topicIdleMs());
        long now = loop.nanoTime();
        usedAtNanos.keySet().retainAll(view.topicsById().keySet());
        List<String> idle = new ArrayList<>();
        for (TopicView topic : view.topicsByName().values()) {
            AtomicLong at = usedAtNanos.get(topic.id());
            if (at != null && now - at.get() > idleNanos) {
                idle.add(topic.name());
                usedAtNanos.remove(topic.id());
            }
        }
        if (!idle.isEmpty()) {
            view = MetadataMerge.without(view, idle);
        }
    }

    private long minIntervalNanos() {
        return TimeUnit.MILLISECONDS.toNanos(settings.minIntervalMs());
    }
}
