package io.narrows.broker.gate;

import io.narrows.broker.config.BrokerKeys;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.metadata.KRaftMetadataCache;
import org.apache.kafka.server.policy.AlterConfigPolicy;
import org.jspecify.annotations.Nullable;

/**
 * Refuses to make a topic compacted that may hold links, because the log cleaner would destroy them; or tiered, if the remote
 * storage manager would copy them as data. The controller cannot know whether a topic holds links, so every topic that is not compacted
 * now counts. Checks what is changed of our own keys too, and then asks the user's own policy. Called on the controller's thread.
 */
public final class CompactionPolicy implements AlterConfigPolicy {
    private static final String BROKER_CLEANUP_POLICY = "log.cleanup.policy";

    private final @Nullable AlterConfigPolicy next;
    private final List<String> defaultPolicy;
    private final boolean tiersResolveLinks;
    private final Supplier<@Nullable KRaftMetadataCache> metadata;

    public CompactionPolicy(
            @Nullable AlterConfigPolicy next,
            List<String> defaultPolicy,
            boolean tiersResolveLinks,
            Supplier<@Nullable KRaftMetadataCache> metadata) {
        this.next = next;
        this.defaultPolicy = List.copyOf(defaultPolicy);
        this.tiersResolveLinks = tiersResolveLinks;
        this.metadata = metadata;
    }

    @Override
    public void validate(RequestMetadata request) throws PolicyViolationException {
        if (request.resource().type() == ConfigResource.Type.BROKER) {
            validateOwnKeys(request.resource(), request.configs());
        }
        if (request.resource().type() == ConfigResource.Type.TOPIC) {
            validateTopic(request.resource(), request.configs());
        } else if (request.resource().type() == ConfigResource.Type.BROKER
                && isCompact(request.configs().get(BROKER_CLEANUP_POLICY))
                && !isCompact(String.join(",", defaultPolicy))) {
            throw new PolicyViolationException(BROKER_CLEANUP_POLICY + " cannot become compact at runtime: topics "
                    + "without a policy of their own may hold links, which compaction would destroy. Set "
                    + TopicConfig.CLEANUP_POLICY_CONFIG + " on new topics instead.");
        }
        if (next != null) {
            next.validate(request);
        }
    }

    /** Kafka lets any key be set that it does not know; of ours only some can change while brokers run. */
    private static void validateOwnKeys(ConfigResource resource, Map<String, String> changes) {
        changes.forEach((key, value) -> {
            if (!key.startsWith(BrokerKeys.PREFIX)) {
                return;
            }
            if (!BrokerKeys.DYNAMIC.contains(key)) {
                throw new PolicyViolationException(key + " cannot be changed at runtime; these can: "
                        + BrokerKeys.DYNAMIC.stream().sorted().toList());
            }
            if (!resource.name().isEmpty()) {
                throw new PolicyViolationException("Set " + key + " for all brokers, with --entity-default: a topic's "
                        + "leader may be any of them.");
            }
            try {
                Pattern unused = LinkTopics.pattern(key, value);
            } catch (ConfigException e) {
                throw new PolicyViolationException(e.getMessage(), e);
            }
        });
    }

    private void validateTopic(ConfigResource topic, Map<String, String> changes) {
        KRaftMetadataCache cache = metadata.get();
        if (cache == null || !cache.contains(topic.name())) {
            // A topic that is being created holds nothing yet.
            return;
        }
        Properties now = cache.config(topic);
        if (changes.containsKey(TopicConfig.CLEANUP_POLICY_CONFIG)
                && isCompactTopic(changes.get(TopicConfig.CLEANUP_POLICY_CONFIG))
                && !isCompactTopic(now.getProperty(TopicConfig.CLEANUP_POLICY_CONFIG))) {
            throw new PolicyViolationException("Topic " + topic.name() + " cannot become compacted: it may hold links "
                    + "to data in the object store, which compaction would destroy. Create a new topic with "
                    + TopicConfig.CLEANUP_POLICY_CONFIG + "=compact and copy the records.");
        }
        if (!tiersResolveLinks
                && Boolean.parseBoolean(changes.get(TopicConfig.REMOTE_LOG_STORAGE_ENABLE_CONFIG))
                && !Boolean.parseBoolean(now.getProperty(TopicConfig.REMOTE_LOG_STORAGE_ENABLE_CONFIG))) {
            throw new PolicyViolationException("Topic " + topic.name() + " cannot be tiered later: it may hold links, "
                    + "which this cluster's tiered storage would copy as data. Set narrows.tier.enable=true on all "
                    + "servers, or create a new topic with " + TopicConfig.REMOTE_LOG_STORAGE_ENABLE_CONFIG + "=true.");
        }
    }

    private boolean isCompactTopic(@Nullable String policy) {
        return isCompact(policy == null ? String.join(",", defaultPolicy) : policy);
    }

    private static boolean isCompact(@Nullable String policy) {
        return policy != null
                && Arrays.stream(policy.split(",", -1))
                        .anyMatch(each -> each.trim().equals(TopicConfig.CLEANUP_POLICY_COMPACT));
    }

    @Override
    public void close() {
        Utils.closeQuietly(next, "the configured alter config policy");
    }

    /** The user's policy has been configured already. */
    @Override
    public void configure(Map<String, ?> configs) {}
}
