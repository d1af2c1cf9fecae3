package io.narrows.proxy.api;

import java.util.function.BiPredicate;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/** Requests about the configurations of several resources, of which some are refused one by one. Stateless. */
final class ConfigElements {
    private ConfigElements() {}

    /** For one of {@link ConfigsApi#KEYS}; {@code refuses} is asked for the type and the name of a resource. */
    static RequestElements<?> refusing(ApiKeys key, BiPredicate<ConfigResource.Type, String> refuses) {
        return switch (key) {
            case DESCRIBE_CONFIGS -> describe(refuses);
            case ALTER_CONFIGS -> alter(refuses);
            case INCREMENTAL_ALTER_CONFIGS -> alterIncrementally(refuses);
            default -> throw new IllegalArgumentException("invariant violated: no configurations in " + key);
        };
    }

    private static RequestElements<DescribeConfigsResource> describe(BiPredicate<ConfigResource.Type, String> refuses) {
        return new RequestElements<>(
                request -> ((DescribeConfigsRequestData) request).resources(),
                (request, resource) ->
                        refuses.test(ConfigResource.Type.forId(resource.resourceType()), resource.resourceName()),
                (request, resources) ->
                        ((DescribeConfigsRequestData) request).duplicate().setResources(resources),
                (all, more) -> ((DescribeConfigsResponseData) all)
                        .results()
                        .addAll(((DescribeConfigsResponseData) more).results()));
    }

    private static RequestElements<AlterConfigsRequestData.AlterConfigsResource> alter(
            BiPredicate<ConfigResource.Type, String> refuses) {
        return new RequestElements<>(
                request -> ((AlterConfigsRequestData) request).resources(),
                (request, resource) ->
                        refuses.test(ConfigResource.Type.forId(resource.resourceType()), resource.resourceName()),
                (request, resources) -> {
                    AlterConfigsRequestData part = new AlterConfigsRequestData()
                            .setValidateOnly(((AlterConfigsRequestData) request).validateOnly());
                    resources.forEach(resource -> part.resources().add(resource.duplicate()));
                    return part;
                },
                (all, more) -> ((AlterConfigsResponseData) all)
                        .responses()
                        .addAll(((AlterConfigsResponseData) more).responses()));
    }

    private static RequestElements<IncrementalAlterConfigsRequestData.AlterConfigsResource> alterIncrementally(
            BiPredicate<ConfigResource.Type, String> refuses) {
        return new RequestElements<>(
                request -> ((IncrementalAlterConfigsRequestData) request).resources(),
                (request, resource) ->
                        refuses.test(ConfigResource.Type.forId(resource.resourceType()), resource.resourceName()),
                (request, resources) -> {
                    IncrementalAlterConfigsRequestData part = new IncrementalAlterConfigsRequestData()
                            .setValidateOnly(((IncrementalAlterConfigsRequestData) request).validateOnly());
                    resources.forEach(resource -> part.resources().add(resource.duplicate()));
                    return part;
                },
                (all, more) -> ((IncrementalAlterConfigsResponseData) all)
                        .responses()
                        .addAll(((IncrementalAlterConfigsResponseData) more).responses()));
    }
}
