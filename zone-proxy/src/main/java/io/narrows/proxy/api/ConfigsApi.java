package io.narrows.proxy.api;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;

/**
 * Configurations: those of a broker, and its log levels, are that broker's business; all others any broker's. The
 * answers become one; a broker that does not answer fails its own resources only. One per API and client connection.
 */
final class ConfigsApi implements Api {
    static final Set<ApiKeys> KEYS =
            Set.of(ApiKeys.DESCRIBE_CONFIGS, ApiKeys.ALTER_CONFIGS, ApiKeys.INCREMENTAL_ALTER_CONFIGS);

    private final ApiKeys key;
    private final AdminRoute route;
    private final BrokerNodes nodes;

    /** Who is asked about a resource. */
    private sealed interface Whose {
        record Any() implements Whose {}

        record Of(int brokerId) implements Whose {}

        /** A node of a proxy, which stands for the broker. */
        record Node(int nodeId, int brokerId) implements Whose {}

        /** No broker has such a configuration. */
        record NoBroker(int nodeId) implements Whose {}
    }

    ConfigsApi(ApiKeys key, AdminRoute route, BrokerNodes nodes) {
        this.key = key;
        this.route = route;
        this.nodes = nodes;
    }

    @Override
    public ApiKeys key() {
        return key;
    }

    @Override
    public ExecutionOrder order() {
        return key == ApiKeys.DESCRIBE_CONFIGS ? ExecutionOrder.ANY : ExecutionOrder.BARRIER;
    }

    @Override
    public CompletableFuture<Answer> answer(ApiCall call, Client client) {
        Map<Whose, ApiMessage> shares = split(call.message());
        if (shares.keySet().equals(Set.of(new Whose.Any()))) {
            return route.answerFromAny(call, client);
        }
        List<CompletableFuture<Answer>> answers = new ArrayList<>();
        shares.forEach((whose, share) -> answers.add(ask(whose, call.with(share), client)));
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .thenApply(unused -> Merged.of(answers, key.messageType.newResponse(), ConfigsApi::merge));
    }

    private CompletableFuture<Answer> ask(Whose whose, ApiCall call, Client client) {
        if (whose instanceof Whose.NoBroker none) {
            return CompletableFuture.completedFuture(ErrorResponses.error(
                    call,
                    Errors.INVALID_REQUEST,
                    "Node " + none.nodeId() + " is no broker; DescribeCluster names the brokers"));
        }
        return send(whose, call, client)
                .handle((response, failure) -> response == null
                        ? ErrorResponses.error(call, Errors.REQUEST_TIMED_OUT)
                        : new Answer.Reply(response, Responses.throttleTimeMs(key, response, call.version())));
    }

    private CompletableFuture<ApiMessage> send(Whose whose, ApiCall call, Client client) {
        if (whose instanceof Whose.Of broker) {
            return route.send(broker.brokerId(), call, call.message());
        }
        if (whose instanceof Whose.Node node) {
            ApiMessage request = (ApiMessage) call.message().duplicate();
            rename(request, Integer.toString(node.brokerId()));
            return route.send(node.brokerId(), call, request).thenApply(response -> {
                rename(response, Integer.toString(node.nodeId()));
                return response;
            });
        }
        return route.sendToAny(call, client);
    }

    /** All resources of the message are of one broker. */
    private static void rename(ApiMessage message, String name) {
        if (message instanceof DescribeConfigsRequestData describe) {
            describe.resources().forEach(resource -> resource.setResourceName(name));
        } else if (message instanceof DescribeConfigsResponseData described) {
            described.results().forEach(result -> result.setResourceName(name));
        } else if (message instanceof AlterConfigsRequestData alter) {
            List<AlterConfigsRequestData.AlterConfigsResource> resources = alter.resources().stream()
                    .map(one -> one.duplicate().setResourceName(name))
                    .toList();
            alter.resources().clear();
            alter.resources().addAll(resources);
        } else if (message instanceof AlterConfigsResponseData altered) {
            altered.responses().forEach(response -> response.setResourceName(name));
        } else if (message instanceof IncrementalAlterConfigsRequestData alter) {
            List<IncrementalAlterConfigsRequestData.AlterConfigsResource> resources = alter.resources().stream()
                    .map(one -> one.duplicate().setResourceName(name))
                    .toList();
            alter.resources().clear();
            alter.resources().addAll(resources);
        } else if (message instanceof IncrementalAlterConfigsResponseData altered) {
            altered.responses().forEach(response -> response.setResourceName(name));
        }
    }

    private Whose whose(byte type, String name) {
        ConfigResource.Type known = ConfigResource.Type.forId(type);
        boolean ofBroker = known == ConfigResource.Type.BROKER || known == ConfigResource.Type.BROKER_LOGGER;
        OptionalInt id = ofBroker ? nodeId(name) : OptionalInt.empty();
        if (id.isEmpty()) {
            return new Whose.Any();
        }
        int broker = nodes.broker(id.getAsInt());
        if (broker != id.getAsInt()) {
            return new Whose.Node(id.getAsInt(), broker);
        }
        return nodes.isBroker(broker) ? new Whose.Of(broker) : new Whose.NoBroker(broker);
    }

    /** Empty for the default of all brokers, and for names that a broker will refuse. */
    private static OptionalInt nodeId(String name) {
        try {
            return OptionalInt.of(Integer.parseInt(name));
        } catch (NumberFormatException e) {
            return OptionalInt.empty();
        }
    }

    private Map<Whose, ApiMessage> split(ApiMessage request) {
        Map<Whose, ApiMessage> shares = new LinkedHashMap<>();
        if (request instanceof DescribeConfigsRequestData describe) {
            describe.resources()
                    .forEach(resource -> ((DescribeConfigsRequestData) shares.computeIfAbsent(
                                    whose(resource.resourceType(), resource.resourceName()),
                                    whose -> new DescribeConfigsRequestData()
                                            .setIncludeSynonyms(describe.includeSynonyms())
                                            .setIncludeDocumentation(describe.includeDocumentation())))
                            .resources()
                            .add(resource));
        } else if (request instanceof AlterConfigsRequestData alter) {
            alter.resources()
                    .forEach(resource -> ((AlterConfigsRequestData) shares.computeIfAbsent(
                                    whose(resource.resourceType(), resource.resourceName()),
                                    whose -> new AlterConfigsRequestData().setValidateOnly(alter.validateOnly())))
                            .resources()
                            .add(resource.duplicate()));
        } else if (request instanceof IncrementalAlterConfigsRequestData alter) {
            alter.resources()
                    .forEach(resource -> ((IncrementalAlterConfigsRequestData) shares.computeIfAbsent(
                                    whose(resource.resourceType(), resource.resourceName()),
                                    whose -> new IncrementalAlterConfigsRequestData()
                                            .setValidateOnly(alter.validateOnly())))
                            .resources()
                            .add(resource.duplicate()));
        }
        if (shares.isEmpty()) {
            shares.put(new Whose.Any(), request);
        }
        return shares;
    }

    private static void merge(ApiMessage all, ApiMessage more) {
        if (all instanceof DescribeConfigsResponseData sum) {
            DescribeConfigsResponseData part = (DescribeConfigsResponseData) more;
            sum.results().addAll(part.results());
            sum.setThrottleTimeMs(Math.max(sum.throttleTimeMs(), part.throttleTimeMs()));
        } else if (all instanceof AlterConfigsResponseData sum) {
            AlterConfigsResponseData part = (AlterConfigsResponseData) more;
            sum.responses().addAll(part.responses());
            sum.setThrottleTimeMs(Math.max(sum.throttleTimeMs(), part.throttleTimeMs()));
        } else if (all instanceof IncrementalAlterConfigsResponseData sum) {
            IncrementalAlterConfigsResponseData part = (IncrementalAlterConfigsResponseData) more;
            sum.responses().addAll(part.responses());
            sum.setThrottleTimeMs(Math.max(sum.throttleTimeMs(), part.throttleTimeMs()));
        }
    }
}
