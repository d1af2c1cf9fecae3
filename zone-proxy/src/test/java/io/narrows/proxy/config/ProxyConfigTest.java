package io.narrows.proxy.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narrows.proxy.gateway.NodeIds;
import io.narrows.proxy.metadata.Endpoint;
import io.narrows.proxy.server.Listener;
import io.narrows.proxy.zone.Cidr;
import io.narrows.proxy.zone.ZoneRules;
import io.narrows.relay.store.S3Settings;
import io.narrows.router.policy.PathMode;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ProxyConfigTest {
    private static Map<String, String> with(String... keysAndValues) {
        Map<String, String> values = new HashMap<>(
                Map.of("zone", "a", "bootstrap.servers", "broker-1:9092,broker-2:9093", "s3.bucket", "wal"));
        for (int i = 0; i < keysAndValues.length; i += 2) {
            values.put(keysAndValues[i], keysAndValues[i + 1]);
        }
        return values;
    }

    @Test
    void threeKeysAreEnough() {
        ProxyConfig config = ProxyConfigParser.parse(with());
        assertThat(config.identity().zone()).isEqualTo("a");
        assertThat(config.identity().writer()).startsWith("proxy-a-");
        assertThat(config.path().mode()).isEqualTo(PathMode.AUTO);
        assertThat(config.s3().endpoint()).isNull();
        assertThat(config.s3().credentials()).isNull();
        assertThat(config.upstream().bootstrapServers())
                .containsExactly(
                        InetSocketAddress.createUnresolved("broker-1", 9092),
                        InetSocketAddress.createUnresolved("broker-2", 9093));
        assertThat(config.server().admin()).isEmpty();
    }

    @Test
    void aStoreWithAnEndpointIsAddressedByPathUnlessTheKeySaysOtherwise() {
        assertThat(ProxyConfigParser.parse(with()).s3().pathStyle()).isFalse();
        assertThat(ProxyConfigParser.parse(with("s3.endpoint", "http://localhost:9000"))
                        .s3()
                        .pathStyle())
                .isTrue();
        assertThat(ProxyConfigParser.parse(
                                with("s3.endpoint", "http://localhost:9000", "s3.path.style.access", "false"))
                        .s3()
                        .pathStyle())
                .isFalse();
    }

    @Test
    void aSessionTokenComesWithItsKey() {
        assertThat(ProxyConfigParser.parse(with("s3.access.key", "k", "s3.secret.key", "s", "s3.session.token", "t"))
                        .s3()
                        .credentials())
                .isEqualTo(new S3Settings.Credentials("k", "s", "t"));
        assertThatThrownBy(() -> ProxyConfigParser.parse(with("s3.session.token", "t")))
                .hasMessageContaining("s3.access.key");
    }

    @Test
    void oneAddressLeavesAQuarterForOthersUnlessItIsSaidWhatItMayHave() {
        ProxyConfig.ServerSettings defaults = ProxyConfigParser.parse(with()).server();
        assertThat(defaults.limits().maxConnectionsPerIp()).isEqualTo(7_500);
        assertThat(defaults.memory().hostBytes()).isEqualTo(96L << 20);
        ProxyConfig.ServerSettings said = ProxyConfigParser.parse(
                        with("max.connections.per.ip", "12", "address.max.outstanding.bytes", "1000"))
                .server();
        assertThat(said.limits().maxConnectionsPerIp()).isEqualTo(12);
        assertThat(said.memory().hostBytes()).isEqualTo(1_000);
    }

    @Test
    void sourcesOfAClientsZoneAreReadInTheirOrder() {
        ZoneRules rules = ProxyConfigParser.parse(with(
                        "client.zone.sources", "client-id, cidr", "client.zone.cidrs", "10.1.0.0/16=a, fd00::/16=b"))
                .clientZones();
        assertThat(rules.order()).containsExactly(ZoneRules.Source.CLIENT_ID, ZoneRules.Source.CIDR);
        assertThat(rules.byRange()).containsEntry(Cidr.parse("fd00::/16"), "b");
        assertThatThrownBy(() -> ProxyConfigParser.parse(with("client.zone.sources", "guess")))
                .hasMessageContaining("client-id");
        assertThatThrownBy(() -> ProxyConfigParser.parse(with("client.zone.cidrs", "10.1.0.0/99=a")))
                .hasMessageContaining("client.zone.cidrs");
        assertThatThrownBy(() -> ProxyConfigParser.parse(with("client.zone.listeners", "NOBODY=a")))
                .hasMessageContaining("must only have names of listeners");
        assertThatThrownBy(() -> ProxyConfigParser.parse(with("client.zone.client.id.pattern", "zone=.*")))
                .hasMessageContaining("must have a group");
    }

    @Test
    void tlsTowardsBrokersHasKeysOfItsOwn() {
        ProxyConfig.Upstream plain = ProxyConfigParser.parse(with("ssl.keystore.location", "listeners.p12"))
                .upstream();
        ProxyConfig.Upstream tls = ProxyConfigParser.parse(with(
                        "upstream.security.protocol",
                        "SSL",
                        "ssl.keystore.location",
                        "listeners.p12",
                        "upstream.ssl.keystore.location",
                        "proxy.p12"))
                .upstream();
        assertThat(plain.kafkaTls()).isFalse();
        assertThat(plain.ssl().get("ssl.keystore.location")).isNull();
        assertThat(tls.kafkaTls()).isTrue();
        assertThat(tls.relayTls()).isFalse();
        assertThat(tls.ssl().get("ssl.keystore.location")).isEqualTo("proxy.p12");
    }

    @Test
    void theSameProxyHasTheSameWriterAtEachStartAndAnotherOneHasNot() {
        String first = ProxyConfigParser.parse(with()).identity().writer();
        assertThat(ProxyConfigParser.parse(with()).identity().writer()).isEqualTo(first);
        assertThat(ProxyConfigParser.parse(with("listeners", "PLAINTEXT://localhost:9999"))
                        .identity()
                        .writer())
                .isNotEqualTo(first);
    }

    private static Map<String, String> member(String... keysAndValues) {
        Map<String, String> values = with(keysAndValues);
        values.put("gateway.group", "main");
        values.putIfAbsent("gateway.secrets", "one=0123456789abcdef");
        return values;
    }

    @Test
    void aGatewayNeedsASecretUnlessItIsToldThatItNeedsNone() {
        assertThatThrownBy(() -> ProxyConfigParser.parse(member("gateway.secrets", "")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("gateway.secrets must be set");
        Map<String, String> none = member("gateway.secrets", "", "gateway.authentication", "none");
        assertThat(ProxyConfigParser.parse(none).gateway().orElseThrow().trust().seal())
                .isEmpty();
        assertThat(ProxyConfigParser.parse(member())
                        .gateway()
                        .orElseThrow()
                        .trust()
                        .seal())
                .isPresent();
        assertThatThrownBy(() -> ProxyConfigParser.parse(member("gateway.authentication", "none")))
                .hasMessageContaining("gateway.authentication=none");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "one=short|16 to 256",
                "0123456789abcdefg|NAME=SECRET",
                "a=0123456789abcdef,a=0123456789abcdee|different names",
                "a=0123456789abcdef,b=0123456789abcdef,c=0123456789abcdef|3 entries",
                "file:/does/not/exist|cannot read"
            })
    void secretsThatCannotBeUsedAreRefusedWithoutShowingThem(String secrets, String complaint) {
        assertThatThrownBy(() -> ProxyConfigParser.parse(member("gateway.secrets", secrets)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(complaint)
                .hasMessageNotContaining("0123456789");
    }

    @Test
    void secretsComeFromAFile(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("secrets"), "new=0123456789abcdef\nold=fedcba9876543210\n");
        assertThat(ProxyConfigParser.parse(member("gateway.secrets", "file:" + file))
                        .gateway()
                        .orElseThrow()
                        .trust()
                        .seal())
                .isPresent();
    }

    @Test
    void aProxyThatItsOwnGatewayWouldLeaveOutDoesNotStart() {
        assertThatThrownBy(() -> ProxyConfigParser.parse(member("gateway.member.endpoints", "PLAINTEXT://10\\..*")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("PLAINTEXT://localhost:9092");
        assertThatThrownBy(() -> ProxyConfigParser.parse(member("gateway.member.endpoints", "(")))
                .hasMessageContaining("regular expression");
    }

    @Test
    void aProxyIsAloneUnlessItNamesAGateway() {
        assertThat(ProxyConfigParser.parse(with()).gateway()).isEmpty();
        ProxyConfig member = ProxyConfigParser.parse(member());
        assertThat(member.gateway().orElseThrow().groupId()).isEqualTo("narrows-gateway.main.a");
        assertThat(member.identity().nodeId())
                .as("proxies with the same file have different ids")
                .isEqualTo(NodeIds.madeUp(member.identity().writer(), 0));
        ProxyConfig numbered = ProxyConfigParser.parse(member("node.id", "1000"));
        assertThat(numbered.identity().nodeId()).isEqualTo(1000);
    }

    /** Java clients know the connection to a coordinator by 2147483647 less its node's id, which must be no node's id. */
    @Test
    void theDefaultNodeIdsAreFarFromThoseOfBrokersAndCoordinators() {
        ProxyConfig.Identity identity = ProxyConfigParser.parse(with()).identity();
        int last = identity.nodeId() + identity.nodes() - 1;
        assertThat(identity.nodeId()).isGreaterThan(100_000_000);
        assertThat(last).isLessThan(Integer.MAX_VALUE - last);
    }

    @Test
    void membersOfAGatewayMustSayHowTheyAreReached() {
        assertThatThrownBy(
                        () -> ProxyConfigParser.parse(with("gateway.group", "main", "listeners", "PLAINTEXT://:9092")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("advertised.listeners");
    }

    @Test
    void listenersKnowWhatTheyAdvertise() {
        List<Listener> listeners = ProxyConfigParser.parse(with(
                        "listeners",
                        "IN://:9192,OUT://0.0.0.0:9193,LOCAL://localhost:0",
                        "advertised.listeners",
                        "OUT://proxy.example:19193",
                        "listener.security.protocol.map",
                        "IN:PLAINTEXT,OUT:SSL,LOCAL:PLAINTEXT",
                        "ssl.keystore.location",
                        "/keys.p12"))
                .listeners();
        assertThat(listeners).extracting(Listener::name).containsExactly("IN", "OUT", "LOCAL");
        assertThat(listeners.get(0).advertised()).isNull();
        assertThat(listeners.get(1).advertised()).isEqualTo(new Endpoint("proxy.example", 19193));
        assertThat(listeners.get(1).sslConfigs()).isPresent();
        assertThat(listeners.get(2).sslConfigs()).isEmpty();
        assertThat(listeners.get(2).advertised()).isEqualTo(new Endpoint("localhost", 0));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "wal.linger | 5 | did you mean 'wal.linger.ms'",
                "xyzzy | 1 | remove it",
                "path.mode | sometimes | path.mode",
                "zone | '' | zone",
                "listeners | localhost:9092 | NAME://host:port",
                "listeners | OTHER://localhost:1 | listener.security.protocol.map",
                "listeners | PLAINTEXT://a:1,PLAINTEXT://b:2 | once",
                "advertised.listeners | OTHER://a:1 | must only have names of listeners",
                "bootstrap.servers | broker | host:port",
                "bootstrap.servers | broker:99999 | 65535",
                "relay.endpoints | one=a:1 | brokerId=host:port",
                "admin.listener | 8080 | host:port",
                "writer.id | Not Allowed | a-z",
                "s3.endpoint | localhost:9000 | http://localhost:9000",
                "s3.access.key | only-half | s3.secret.key",
                "wal.puts.per.second | 0 | must be > 0 (path.mode=direct sends no PUTs), got 0.0",
                "buffer.memory | 1000 | socket.request.max.bytes",
                "price.book | nowhere | aws-us-east-1",
                "s3.call.timeout.ms | 1 | s3.attempt.timeout.ms"
            })
    void aWrongValueIsRefusedWithAWayOut(String key, String value, String hint) {
        assertThatThrownBy(() -> ProxyConfigParser.parse(with(key, value)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(hint);
    }

    @Test
    void allInvalidValuesAreInOneMessage() {
        assertThatThrownBy(() -> ProxyConfigParser.parse(with("wal.flush.bytes", "1", "node.id", "-1")))
                .hasMessageContaining("wal.flush.bytes")
                .hasMessageContaining("node.id");
    }

    @Test
    void secretsStayOutOfStrings() {
        ProxyConfig config = ProxyConfigParser.parse(with("s3.access.key", "key", "s3.secret.key", "hush"));
        assertThat(config.toString()).doesNotContain("hush");
    }

    @Test
    void aPropertiesFileIsRead(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("proxy.properties");
        Files.writeString(file, "zone=b\nbootstrap.servers=x:1\ns3.bucket=wal\nrelay.endpoints=1=r:7,2=s:8\n");
        ProxyConfig config = ProxyConfigParser.load(file);
        assertThat(config.relay().endpoints()).containsEntry(2, InetSocketAddress.createUnresolved("s", 8));
        assertThatThrownBy(() -> ProxyConfigParser.load(directory.resolve("missing")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("missing");
    }
}
