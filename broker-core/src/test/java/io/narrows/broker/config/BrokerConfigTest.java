package io.narrows.broker.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.server.config.AbstractKafkaConfig;
import org.junit.jupiter.api.Test;

final class BrokerConfigTest {
    @Test
    void defaultsSufficeButForTheBucket() {
        BrokerSettings settings = BrokerConfig.parse(properties("narrows.s3.bucket", "b", "node.id", "7"));

        assertThat(settings.s3().bucket()).isEqualTo("b");
        assertThat(settings.s3().pathStyle()).isFalse();
        assertThat(settings.writerId()).isEqualTo("broker-7");
        assertThat(settings.relay()).isNull();
        assertThat(settings.link().mode()).isEqualTo(BrokerSettings.LinkMode.AUTO);
    }

    @Test
    void anEndpointOtherThanAwsMeansPathStyle() {
        BrokerSettings settings = BrokerConfig.parse(
                properties("narrows.s3.bucket", "b", "narrows.s3.endpoint", "http://localhost:9000"));

        assertThat(settings.s3().pathStyle()).isTrue();
    }

    @Test
    void everyErrorSaysWhatToDo() {
        refused("Set narrows.s3.bucket");
        refused("Set narrows.s3.endpoint to a URL", "narrows.s3.bucket", "b", "narrows.s3.endpoint", "localhost");
        refused("Set both", "narrows.s3.bucket", "b", "narrows.s3.access.key", "k");
        refused("Set narrows.writer.id", "narrows.s3.bucket", "b", "narrows.writer.id", "UPPER");
        refused("Set narrows.price.book", "narrows.s3.bucket", "b", "narrows.price.book", "nowhere");
        refused("Set narrows.relay.listener to host:port", "narrows.s3.bucket", "b", "narrows.relay.listener", "x");
        refused("Set narrows.relay.listener too", "narrows.s3.bucket", "b", "narrows.relay.advertised.listener", "h:1");
        refused("narrows.link.mode", "narrows.s3.bucket", "b", "narrows.link.mode", "sometimes");
        refused("narrows.wal.linger.ms", "narrows.s3.bucket", "b", "narrows.wal.linger.ms", "0");
    }

    @Test
    void aMisspeltKeyIsRefusedWithTheNearestOne() {
        refused(
                "Unknown configuration key narrows.s3.bukcet: correct it to narrows.s3.bucket",
                "narrows.s3.bukcet",
                "b");
    }

    @Test
    void secretsAreOfTypePasswordInKafkasOwnDefinition() {
        BrokerKeys.addToKafka();
        BrokerKeys.addToKafka();

        var keys = AbstractKafkaConfig.CONFIG_DEF.configKeys();
        assertThat(keys)
                .containsKeys(BrokerKeys.definition().names().stream()
                        .filter(key -> !BrokerKeys.DYNAMIC.contains(key))
                        .toArray(String[]::new));
        // Kafka refuses to change at runtime what it knows and does not count among its own dynamic keys.
        assertThat(keys).doesNotContainKeys(BrokerKeys.DYNAMIC.toArray(String[]::new));
        assertThat(keys.get(BrokerKeys.S3_SECRET_KEY).type()).isEqualTo(ConfigDef.Type.PASSWORD);
        assertThat(keys.get(RelayKeys.RELAY_ADVERTISED_LISTENER).type()).isEqualTo(ConfigDef.Type.STRING);
    }

    @Test
    void kafkasTlsKeysAreKnownForTheRelayAndPrincipalsNeedThem() {
        BrokerSettings settings = BrokerConfig.parse(properties(
                "narrows.s3.bucket",
                "b",
                "narrows.relay.listener",
                ":9",
                "narrows.relay.security.protocol",
                "SSL",
                "narrows.relay.ssl.truststore.location",
                "t.p12",
                "narrows.relay.allowed.principals",
                "User:CN=a,O=x; User:CN=b"));

        assertThat(settings.relay().tls()).isTrue();
        assertThat(settings.relay().allowedPrincipals()).containsExactlyInAnyOrder("User:CN=a,O=x", "User:CN=b");
        refused(
                "Set narrows.relay.security.protocol to SSL",
                "narrows.s3.bucket",
                "b",
                "narrows.relay.listener",
                ":9",
                "narrows.relay.allowed.principals",
                "User:CN=a");
        refused(
                "Unknown configuration key narrows.relay.ssl.trustore.location",
                "narrows.relay.ssl.trustore.location",
                "x");
        refused("Unknown configuration key narrows.relay.listeners", "narrows.relay.listeners", ":9");
    }

    @Test
    void kafkaDefaultsYieldToTheUser() {
        List<KafkaDefaults.Default> applied = new ArrayList<>();
        Properties filled = KafkaDefaults.fillIn(properties("fetch.max.bytes", "77"), applied);

        assertThat(filled.getProperty("fetch.max.bytes")).isEqualTo("77");
        assertThat(filled.getProperty("remote.fetch.max.wait.ms")).isEqualTo("10000");
        assertThat(applied).hasSize(KafkaDefaults.ALL.size() - 1);
        assertThatThrownBy(() -> KafkaDefaults.fillIn(properties("log.cleaner.enable", "false")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("log.cleaner.enable is false; only true is allowed");
    }

    private static void refused(String message, String... keysAndValues) {
        assertThatThrownBy(() -> BrokerConfig.parse(properties(keysAndValues)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(message);
    }

    private static Properties properties(String... keysAndValues) {
        Properties properties = new Properties();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            properties.put(keysAndValues[i], keysAndValues[i + 1]);
        }
        return properties;
    }
}
