package io.narrows.broker.server;

import io.narrows.broker.config.BrokerSettings;
import io.narrows.broker.gc.CollectorBroker;
import io.narrows.broker.gc.GcParticipant;
import io.narrows.broker.gc.GcParticipant.LocalBroker;
import io.narrows.broker.gc.collector.Collector;
import io.narrows.broker.gc.collector.Collector.Membership;
import io.narrows.broker.gc.collector.GcBucket;
import io.narrows.broker.gc.collector.GcMetrics;
import io.narrows.broker.gc.collector.Registration;
import io.narrows.relay.loop.Loop;
import io.narrows.relay.loop.NettyLoop;
import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.security.SecureRandom;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.common.Uuid;
import scala.jdk.javaapi.CollectionConverters;

/**
 * A broker's part in garbage collection on a thread of its own: its answers to rounds, and the rounds while it is the
 * collector. Started before the broker, because no link is made before it has read the floors; stopped before it too.
 */
final class GarbageCollection implements AutoCloseable {
    private final DefaultEventExecutor executor;
    private final GcParticipant participant;
    private final Collector collector;
    private final boolean collects;

    private GarbageCollection(NarrowsBrokerServer broker, BrokerSettings.Gc settings, BrokerComponents components) {
        int id = broker.config().nodeId();
        executor = new DefaultEventExecutor(new DefaultThreadFactory("narrows-gc-" + id, true));
        Loop loop = new NettyLoop(executor);
        GcBucket bucket = new GcBucket(components.backgroundStore(), loop);
        Members members = new Members(broker);
        Collector.Settings collecting =
                new Collector.Settings(id, broker.clusterId(), settings.intervalMs(), settings.graceMs());
        participant = new GcParticipant(
                new GcParticipant.Settings(id, broker.clusterId(), collecting.pollNanos(), settings.graceMs()),
                new GcParticipant.Dependencies(
                        bucket,
                        loop,
                        members,
                        new ThisBroker(broker),
                        broker.links().references()));
        collector = new Collector(
                collecting,
                new Collector.Dependencies(
                        bucket,
                        loop,
                        members,
                        new SecureRandom(),
                        new GcMetrics(components.registry(), loop::wallTimeMs)));
        collects = settings.enabled();
    }

    static GarbageCollection start(
            NarrowsBrokerServer broker, BrokerSettings.Gc settings, BrokerComponents components) {
        GarbageCollection started = new GarbageCollection(broker, settings, components);
        started.participant.start();
        components.skipped().start();
        return started;
    }

    /** The broker has opened its logs and serves clients. */
    void brokerStarted() {
        participant.loaded();
        if (collects) {
            collector.start();
        }
    }

    /** Ends between two steps; a request in flight ends by itself. */
    @Override
    public void close() {
        collector.stop();
        participant.stop();
        var unused = executor.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    /** The cluster as the broker's metadata shows it. */
    private record Members(NarrowsBrokerServer broker) implements Membership {
        @Override
        public Map<Integer, Registration> registered() {
            if (broker.metadataCache() == null) {
                return Map.of();
            }
            Map<Integer, Registration> registered = new HashMap<>();
            broker.metadataCache()
                    .getImage()
                    .cluster()
                    .brokers()
                    .forEach((id, one) -> registered.put(
                            id,
                            new Registration(one.epoch(), one.incarnationId().toString(), words(one.directories()))));
            return registered;
        }

        @Override
        public int collector() {
            return CollectorBroker.in(broker.metadataCache());
        }
    }

    private static Set<String> words(Collection<Uuid> ids) {
        return ids.stream().map(Uuid::toString).collect(Collectors.toSet());
    }

    /**
     * This process: registered under its own epoch, as its metadata shows, and with the directories that are online here.
     */
    private record ThisBroker(NarrowsBrokerServer broker) implements LocalBroker {
        @Override
        public Optional<Registration> registration() {
            if (broker.metadataCache() == null || broker.lifecycleManager() == null || broker.logManager() == null) {
                return Optional.empty();
            }
            long epoch = broker.lifecycleManager().brokerEpoch();
            Set<String> directories =
                    words(CollectionConverters.asJava(broker.logManager().directoryIdsSet()));
            return Optional.ofNullable(broker.metadataCache()
                            .getImage()
                            .cluster()
                            .broker(broker.config().nodeId()))
                    .filter(registered -> registered.epoch() == epoch)
                    .map(registered ->
                            new Registration(epoch, registered.incarnationId().toString(), directories));
        }

        @Override
        public boolean hasReadAllLogs() {
            return !broker.logManager().hasOfflineLogDirs();
        }
    }
}
