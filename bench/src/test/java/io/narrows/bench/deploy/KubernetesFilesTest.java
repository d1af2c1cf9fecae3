package io.narrows.bench.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.proxy.config.ProxyConfig;
import io.narrows.proxy.config.ProxyConfigParser;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The Kubernetes examples fit together and fit the proxy: labels, probes, the time to drain, memory, settings. */
final class KubernetesFilesTest {
    private static final Path DIRECTORY = Path.of("..", "deploy", "kubernetes");
    private static final int CLOSE_SECONDS = 10;

    @ParameterizedTest
    @ValueSource(strings = {"gateway.yaml", "sidecar.yaml"})
    void selectorsFindThePods(String file) throws IOException {
        Manifest manifest = Manifest.of(file);
        Map<String, Object> pod = map(manifest.deployment(), "spec", "template", "metadata", "labels");
        assertThat(map(manifest.deployment(), "spec", "selector", "matchLabels"))
                .isEqualTo(pod);
        assertThat(map(manifest.kind("PodDisruptionBudget"), "spec", "selector", "matchLabels"))
                .isEqualTo(pod);
        manifest.all("Service")
                .forEach(service -> assertThat(map(service, "spec", "selector")).isEqualTo(pod));
        for (Map<String, Object> document : manifest.documents()) {
            assertThat(document).containsKeys("apiVersion", "kind", "metadata");
            assertThat(map(document, "metadata")).containsKeys("name", "namespace");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gateway.yaml", "sidecar.yaml"})
    void thePodLivesAsLongAsItsProxyDrains(String file) throws IOException {
        Manifest manifest = Manifest.of(file);
        Map<String, Object> pod = map(manifest.deployment(), "spec", "template", "spec");
        long drainSeconds = manifest.settings().server().drainTimeoutMs() / 1000;
        long preStopSeconds = 0;
        if (manifest.proxy().get("lifecycle") != null) {
            List<?> command = (List<?>)
                    map(manifest.proxy(), "lifecycle", "preStop", "exec").get("command");
            assertThat(command.get(0)).isEqualTo("sleep");
            preStopSeconds = Long.parseLong(command.get(1).toString());
        }
        assertThat((int) pod.get("terminationGracePeriodSeconds"))
                .isGreaterThanOrEqualTo((int) (preStopSeconds + 2 * drainSeconds + CLOSE_SECONDS));
    }

    @ParameterizedTest
    @ValueSource(strings = {"gateway.yaml", "sidecar.yaml"})
    void theProxyStartsWithItsSettingsAndItsMemoryFits(String file) throws IOException {
        Manifest manifest = Manifest.of(file);
        ProxyConfig settings = manifest.settings();
        String options = ((List<?>) manifest.proxy().get("env"))
                .stream()
                        .map(KubernetesFilesTest::asMap)
                        .filter(variable -> "NARROWS_JAVA_OPTS".equals(variable.get("name")))
                        .map(variable -> variable.get("value").toString())
                        .findFirst()
                        .orElseThrow();
        long heap = mebibytes(options, "-Xmx(\\d+)m");
        long direct = mebibytes(options, "MaxDirectMemorySize=(\\d+)m");
        String limit =
                map(manifest.proxy(), "resources", "limits").get("memory").toString();
        assertThat(mebibytes(limit, "(\\d+)Mi")).isGreaterThanOrEqualTo(heap + direct + 128);
        assertThat(direct << 20).isGreaterThan(2 * settings.server().bufferMemory());
        assertThat(settings.server().admin()).isPresent();
    }

    @ParameterizedTest
    @ValueSource(strings = {"gateway.yaml", "sidecar.yaml"})
    void probesAskTheAdminEndpoint(String file) throws IOException {
        Manifest manifest = Manifest.of(file);
        ProxyConfig settings = manifest.settings();
        List<Integer> ports = ((List<?>) manifest.proxy().get("ports"))
                .stream()
                        .map(KubernetesFilesTest::asMap)
                        .filter(port -> "admin".equals(port.get("name")))
                        .map(port -> (Integer) port.get("containerPort"))
                        .toList();
        assertThat(ports)
                .containsExactly(
                        settings.server().admin().orElseThrow().address().getPort());
        assertThat(map(manifest.proxy(), "livenessProbe", "httpGet"))
                .containsEntry("path", "/healthz")
                .containsEntry("port", "admin");
        assertThat(Stream.of("readinessProbe", "startupProbe")
                        .filter(manifest.proxy()::containsKey)
                        .map(probe -> map(manifest.proxy(), probe, "httpGet").get("path")))
                .contains("/readyz");
    }

    private static long mebibytes(String text, String pattern) {
        Matcher number = Pattern.compile(pattern).matcher(text);
        assertThat(number.find()).as("%s in %s", pattern, text).isTrue();
        return Long.parseLong(number.group(1));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> asMap(Object value) {
        return (Map<String, Object>) value;
    }

    private static Map<String, Object> map(Map<String, Object> from, String... path) {
        Map<String, Object> at = from;
        for (String key : path) {
            assertThat(at).containsKey(key);
            at = asMap(at.get(key));
        }
        return at;
    }

    private record Manifest(List<Map<String, Object>> documents) {
        static Manifest of(String file) throws IOException {
            List<Map<String, Object>> documents = new ArrayList<>();
            new Yaml(new SafeConstructor(new LoaderOptions()))
                    .loadAll(Files.readString(DIRECTORY.resolve(file)))
                    .forEach(document -> documents.add(asMap(document)));
            return new Manifest(documents);
        }

        List<Map<String, Object>> all(String kind) {
            return documents.stream()
                    .filter(document -> kind.equals(document.get("kind")))
                    .toList();
        }

        Map<String, Object> kind(String kind) {
            assertThat(all(kind)).hasSize(1);
            return all(kind).get(0);
        }

        Map<String, Object> deployment() {
            return kind("Deployment");
        }

        /** The proxy's container, which may be a sidecar. */
        Map<String, Object> proxy() {
            Map<String, Object> pod = map(deployment(), "spec", "template", "spec");
            return Stream.of("initContainers", "containers")
                    .filter(pod::containsKey)
                    .flatMap(list -> ((List<?>) pod.get(list)).stream())
                    .map(KubernetesFilesTest::asMap)
                    .filter(container -> String.valueOf(container.get("args")).contains("proxy"))
                    .findFirst()
                    .orElseThrow();
        }

        /** Parsed as the proxy does it, with what its arguments set. */
        ProxyConfig settings() throws IOException {
            Properties file = new Properties();
            file.load(new StringReader(
                    map(kind("ConfigMap"), "data").get("proxy.properties").toString()));
            Map<String, String> values = new HashMap<>();
            file.stringPropertyNames().forEach(key -> values.put(key, file.getProperty(key)));
            List<?> arguments = (List<?>) proxy().get("args");
            for (int i = 0; i + 1 < arguments.size(); i++) {
                if (arguments.get(i).equals("--set")) {
                    String[] pair = arguments.get(i + 1).toString().split("=", 2);
                    values.put(pair[0], pair[1].replace("$(POD_IP)", "10.1.2.3"));
                }
            }
            // Mounted from a Secret.
            values.computeIfPresent("gateway.secrets", (key, path) -> "one=0123456789abcdef0123456789abcdef");
            return ProxyConfigParser.parse(values);
        }
    }
}
