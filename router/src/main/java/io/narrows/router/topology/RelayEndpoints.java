package io.narrows.router.topology;

import io.narrows.relay.log.FoldedLog;
import io.narrows.relay.loop.Loop;
import io.narrows.router.upstream.Upstream;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where each broker's relay listens: from the configuration of the proxy, or else from the broker itself, which
 * publishes it as one of its configuration values. A broker without the value is a stock broker. Owned by the router's
 * loop.
 */
final class RelayEndpoints {
    /** Set by the broker: {@code host:port}. */
    static final String CONFIG_KEY = "narrows.relay.advertised.listener";

    private static final Logger LOG = LoggerFactory.getLogger(RelayEndpoints.class);
    private static final String CLIENT_ID = "narrows-topology";

    /** Brokers that are gone for now: when one restarts, its endpoint is usually what it was. */
    private static final int MAX_GONE = 1_000;

    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Loop loop;
    private final Upstream upstream;
    private final Map<Integer, InetSocketAddress> configured;
    private final Runnable onChange;

    private final Map<Integer, InetSocketAddress> published = new HashMap<>();
    private final Set<Integer> asked = new HashSet<>();
    private final Set<Integer> answered = new HashSet<>();
    private final Set<Integer> known = new HashSet<>();
    private final FoldedLog unreadable = FoldedLog.perMinute(3);

    /** {@code onChange} runs on the loop when a broker's endpoint is another than before. */
    RelayEndpoints(Loop loop, Upstream upstream, Map<Integer, InetSocketAddress> configured, Runnable onChange) {
        this.loop = loop;
        this.upstream = upstream;
        this.configured = configured;
        this.onChange = onChange;
    }

    RelayEndpoint endpoint(int brokerId) {
        InetSocketAddress fixed = configured.get(brokerId);
        InetSocketAddress address = fixed != null ? fixed : published.get(brokerId);
        if (address != null) {
            return new RelayEndpoint.At(address);
        }
        return answered.contains(brokerId) ? RelayEndpoint.NONE : RelayEndpoint.UNKNOWN;
    }

    /**
     * Asks the brokers that are new or back. Completes with the answers, or without them: a broker
     * that does not answer is asked again, but no caller waits for it a second time.
     */
    CompletableFuture<Void> lookUpNew(Collection<Integer> brokerIds) {
        loop.assertInLoop();
        known.retainAll(brokerIds);
        if (published.size() > brokerIds.size() + MAX_GONE) {
            published.keySet().retainAll(brokerIds);
        }
        answered.retainAll(brokerIds);
        List<CompletableFuture<Void>> lookups = new ArrayList<>();
        for (int id : brokerIds) {
            if (known.add(id)) {
                lookups.add(lookUp(id));
            }
        }
        return CompletableFuture.allOf(lookups.toArray(CompletableFuture[]::new));
    }

    /** Asks every broker again. */
    void lookUpAll(Collection<Integer> brokerIds) {
        brokerIds.forEach(id -> {
            var unused = lookUp(id);
        });
    }

    private CompletableFuture<Void> lookUp(int brokerId) {
        if (configured.containsKey(brokerId) || !asked.add(brokerId)) {
            return CompletableFuture.completedFuture(null);
        }
        DescribeConfigsRequestData request = new DescribeConfigsRequestData()
                .setResources(List.of(new DescribeConfigsRequestData.DescribeConfigsResource()
                        .setResourceType(ConfigResource.Type.BROKER.id())
                        .setResourceName(String.valueOf(brokerId))
                        .setConfigurationKeys(List.of(CONFIG_KEY))));
        CompletableFuture<Void> done = new CompletableFuture<>();
        BiConsumer<@Nullable ApiMessage, @Nullable Throwable> finish = (answer, failure) -> {
            asked.remove(brokerId);
            if (answer != null) {
                take(brokerId, (DescribeConfigsResponseData) answer);
            }
            if (!answered.contains(brokerId)) {
                askAgain(brokerId);
            }
            done.complete(null);
        };
        var unused = upstream.send(
                        new Upstream.Target.BrokerId(brokerId),
                        ApiKeys.DESCRIBE_CONFIGS,
                        Upstream.NEWEST,
                        CLIENT_ID,
                        request)
                .whenComplete(finish);
        return done;
    }

    private void askAgain(int brokerId) {
        var unusedTimer = loop.schedule(RETRY_NANOS, () -> {
            if (known.contains(brokerId) && !answered.contains(brokerId)) {
                var unused = lookUp(brokerId);
            }
        });
    }

    private void take(int brokerId, DescribeConfigsResponseData answer) {
        for (DescribeConfigsResponseData.DescribeConfigsResult result : answer.results()) {
            if (result.errorCode() != Errors.NONE.code()) {
                unreadable.write(
                        loop.nanoTime(),
                        folded -> LOG.atWarn()
                                .addKeyValue("broker", brokerId)
                                .addKeyValue("error", Errors.forCode(result.errorCode()))
                                .addKeyValue(FoldedLog.KEY, folded)
                                .log("Relay endpoint of a broker could not be read"));
                return;
            }
        }
        RelayEndpoint before = endpoint(brokerId);
        answered.add(brokerId);
        InetSocketAddress now = published(brokerId, answer);
        InetSocketAddress unused = now == null ? published.remove(brokerId) : published.put(brokerId, now);
        if (!endpoint(brokerId).equals(before)) {
            onChange.run();
        }
    }

    private static @Nullable InetSocketAddress published(int brokerId, DescribeConfigsResponseData answer) {
        for (DescribeConfigsResponseData.DescribeConfigsResult result : answer.results()) {
            for (DescribeConfigsResponseData.DescribeConfigsResourceResult config : result.configs()) {
                String value = config.value();
                if (config.name().equals(CONFIG_KEY) && value != null && !value.isBlank()) {
                    return parse(brokerId, value.trim());
                }
            }
        }
        return null;
    }

    private static @Nullable InetSocketAddress parse(int brokerId, String value) {
        String host = Utils.getHost(value);
        Integer port = Utils.getPort(value);
        if (host == null || port == null || port <= 0 || port > 0xffff) {
            LOG.atWarn()
                    .addKeyValue("broker", brokerId)
                    .addKeyValue("value", value)
                    .log("Relay endpoint of a broker is not host:port");
            return null;
        }
        return InetSocketAddress.createUnresolved(host, port);
    }
}
