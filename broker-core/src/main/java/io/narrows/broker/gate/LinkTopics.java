package io.narrows.broker.gate;

import io.narrows.broker.config.BrokerKeys;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.loader.LoaderManifest;
import org.apache.kafka.image.publisher.MetadataPublisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which topics' new batches may become links: {@code narrows.link.topics} and {@code narrows.link.topics.exclude}, as the
 * cluster-wide dynamic configuration has them, or else this server's own file. Written by the metadata loader's thread, read by
 * any.
 */
public final class LinkTopics implements MetadataPublisher {
    private static final Logger LOG = LoggerFactory.getLogger(LinkTopics.class);
    private static final ConfigResource ALL_BROKERS = new ConfigResource(ConfigResource.Type.BROKER, "");

    private final int nodeId;
    private final String configuredInclude;
    private final String configuredExclude;
    private volatile Choice choice;

    /** From the properties of this server, which may lack both keys. Throws {@link ConfigException}. */
    public LinkTopics(int nodeId, Map<String, ?> properties) {
        this.nodeId = nodeId;
        configuredInclude = value(properties, BrokerKeys.LINK_TOPICS, BrokerKeys.LINK_TOPICS_DEFAULT);
        configuredExclude = value(properties, BrokerKeys.LINK_TOPICS_EXCLUDE, "");
        choice = Choice.of(configuredInclude, configuredExclude);
    }

    private static String value(Map<String, ?> properties, String key, String otherwise) {
        Object value = properties.get(key);
        return value == null ? otherwise : value.toString();
    }

    boolean include(String topic) {
        return choice.includes(topic);
    }

    /** Throws a {@link ConfigException} that says what to do unless the value is a regular expression. */
    static Pattern pattern(String key, String value) {
        try {
            return Pattern.compile(value);
        } catch (PatternSyntaxException e) {
            throw new ConfigException(
                    "Set " + key + " to a regular expression that matches whole topic names; " + e.getMessage());
        }
    }

    @Override
    public String name() {
        return "NarrowsLinkTopics(" + nodeId + ")";
    }

    @Override
    public void onMetadataUpdate(MetadataDelta delta, MetadataImage newImage, LoaderManifest manifest) {
        if (delta.configsDelta() == null) {
            return;
        }
        Properties dynamic = newImage.configs().configProperties(ALL_BROKERS);
        String include = dynamic.getProperty(BrokerKeys.LINK_TOPICS, configuredInclude);
        String exclude = dynamic.getProperty(BrokerKeys.LINK_TOPICS_EXCLUDE, configuredExclude);
        if (choice.is(include, exclude)) {
            return;
        }
        try {
            choice = Choice.of(include, exclude);
            LOG.atInfo()
                    .addKeyValue("include", include)
                    .addKeyValue("exclude", exclude)
                    .log("Changed which topics are linked");
        } catch (ConfigException e) {
            // Our controllers refuse such a value; one that does not must not stop brokers.
            LOG.atError()
                    .addKeyValue("include", include)
                    .addKeyValue("exclude", exclude)
                    .setCause(e)
                    .log("Ignored an invalid change of which topics are linked");
        }
    }

    /** Two expressions, with what they said of topics that were asked about. */
    private record Choice(Pattern include, Pattern exclude, Map<String, Boolean> known) {
        static Choice of(String include, String exclude) {
            return new Choice(
                    pattern(BrokerKeys.LINK_TOPICS, include),
                    pattern(BrokerKeys.LINK_TOPICS_EXCLUDE, exclude),
                    new ConcurrentHashMap<>());
        }

        boolean is(String otherInclude, String otherExclude) {
            return include.pattern().equals(otherInclude) && exclude.pattern().equals(otherExclude);
        }

        boolean includes(String topic) {
            Boolean answer = known.get(topic);
            if (answer == null) {
                answer = include.matcher(topic).matches()
                        && !exclude.matcher(topic).matches();
                known.put(topic, answer);
            }
            return answer;
        }
    }

    @Override
    public void close() {}
}
