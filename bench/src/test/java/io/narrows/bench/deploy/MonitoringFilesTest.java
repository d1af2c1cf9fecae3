package io.narrows.bench.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.narrows.broker.server.BrokerCatalog;
import io.narrows.proxy.admin.ProxyCatalog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/** The dashboard and the alert rules ask for metrics that exist, and every alert says what to do. */
final class MonitoringFilesTest {
    private static final Path DEPLOY = Path.of("..", "deploy");
    private static final int COLUMNS = 24;

    /** What Prometheus, quantiles and buckets add. */
    private static final Set<String> GIVEN_LABELS = Set.of("instance", "job", "quantile", "le");

    private static final Pattern METRIC_WITH_LABELS = Pattern.compile("\\b(narrows_[a-z0-9_]+)\\{([^}]*)}");
    private static final Pattern LABEL = Pattern.compile("(\\w+)\\s*(?:=~|!~|!=|=)");
    private static final Pattern GROUPING = Pattern.compile("\\bby \\(([^)]*)\\)");
    private static final Pattern METRIC = Pattern.compile("\\bnarrows_[a-z0-9_]+");

    @Test
    void theDashboardAsksOnlyForMetricsThatExist() throws IOException {
        List<String> expressions = dashboardExpressions();
        assertThat(expressions).hasSizeGreaterThan(20);
        assertThat(metrics(expressions)).isSubsetOf(exposed());
    }

    @Test
    void theDashboardAsksOnlyForLabelsThatItsMetricsHave() throws IOException {
        for (String expression : dashboardExpressions()) {
            Matcher selector = METRIC_WITH_LABELS.matcher(expression);
            while (selector.find()) {
                assertThat(matches(LABEL, selector.group(2)))
                        .as(expression)
                        .isSubsetOf(labels(Set.of(selector.group(1))));
            }
            Set<String> labels = labels(metrics(List.of(expression)));
            matches(GROUPING, expression)
                    .forEach(group ->
                            assertThat(group.split(", ")).as(expression).isSubsetOf(labels));
        }
    }

    @Test
    void theDashboardsPanelsHaveAPlaceAnIdAndASource() throws IOException {
        JsonNode dashboard = dashboard();
        assertThat(dashboard.get("uid").asText()).isNotEmpty();
        assertThat(dashboard.get("schemaVersion").asInt()).isPositive();
        Set<Integer> ids = new TreeSet<>();
        for (JsonNode panel : dashboard.get("panels")) {
            JsonNode place = panel.get("gridPos");
            assertThat(ids.add(panel.get("id").asInt()))
                    .as("unique id of %s", panel.get("title"))
                    .isTrue();
            assertThat(place.get("x").asInt() + place.get("w").asInt()).isBetween(1, COLUMNS);
            assertThat(panel.get("title").asText()).isNotEmpty();
            if (!panel.get("type").asText().equals("row")) {
                assertThat(panel.get("datasource").get("uid").asText()).isEqualTo("${datasource}");
                assertThat(panel.get("targets")).isNotEmpty();
            }
        }
    }

    @Test
    void alertsAskOnlyForMetricsThatExistAndSayWhatToDo() throws IOException {
        String operations = Files.readString(Path.of("..", "docs", "operations.md"));
        List<String> expressions = new ArrayList<>();
        for (Map<String, Object> rule : rules()) {
            expressions.add(String.valueOf(rule.get("expr")));
            if (rule.get("alert") instanceof String alert) {
                Map<?, ?> annotations = (Map<?, ?>) rule.get("annotations");
                String runbook = String.valueOf(annotations.get("runbook"));
                assertThat(runbook).as("runbook of %s", alert).isNotBlank().doesNotContain("\n");
                assertThat(operations).as("the row of %s", alert).contains("`" + alert + "` | " + runbook);
            }
        }
        assertThat(metrics(expressions)).hasSizeGreaterThan(10).isSubsetOf(exposed());
    }

    @Test
    void decisionsThatAlertsNameAreThoseOfThePolicy() throws IOException {
        String rules = Files.readString(DEPLOY.resolve("prometheus/alerts.yml"));
        assertThat(rules).contains("decision=~\"s3.unhealthy|writer.stalled\"");
        assertThat(io.narrows.router.policy.PathDecision.values())
                .extracting(decision ->
                        decision.name().toLowerCase(java.util.Locale.ROOT).replace('_', '.'))
                .contains("s3.unhealthy", "writer.stalled");
    }

    private static List<String> dashboardExpressions() throws IOException {
        List<String> expressions = new ArrayList<>();
        for (JsonNode panel : dashboard().get("panels")) {
            panel.path("targets")
                    .forEach(target -> expressions.add(target.get("expr").asText()));
        }
        return expressions;
    }

    private static JsonNode dashboard() throws IOException {
        return new ObjectMapper().readTree(Files.readString(DEPLOY.resolve("grafana/narrows.json")));
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> rules() throws IOException {
        Map<String, Object> file = new Yaml().load(Files.readString(DEPLOY.resolve("prometheus/alerts.yml")));
        List<Map<String, Object>> rules = new ArrayList<>();
        for (Map<String, Object> group : (List<Map<String, Object>>) file.get("groups")) {
            rules.addAll((List<Map<String, Object>>) group.get("rules"));
        }
        return rules;
    }

    private static Set<String> metrics(List<String> expressions) {
        Set<String> names = new TreeSet<>();
        expressions.forEach(expression -> names.addAll(matches(METRIC, expression)));
        return names;
    }

    /** The first group of each match, or the whole where there is none. */
    private static List<String> matches(Pattern pattern, String text) {
        return pattern.matcher(text)
                .results()
                .map(match -> match.group(match.groupCount() == 0 ? 0 : 1))
                .toList();
    }

    /** What the reference pages say that metrics are labelled with; a constant label stands there with its value. */
    private static Set<String> labels(Set<String> metrics) {
        Set<String> labels = new TreeSet<>(GIVEN_LABELS);
        for (String row : (ProxyCatalog.CATALOG.markdown() + BrokerCatalog.CATALOG.markdown()).split("\n")) {
            String[] cells = row.split(" \\| ");
            if (cells.length > 3 && metrics.contains(cells[0].replaceAll("[|` ]", ""))) {
                for (String label : cells[3].split(", ")) {
                    labels.add(label.replaceAll("=.*", "").strip());
                }
            }
        }
        return labels;
    }

    /** What proxies and brokers expose, with the lines of histograms. */
    private static Set<String> exposed() {
        Set<String> names = new TreeSet<>(ProxyCatalog.CATALOG.exposedNames());
        names.addAll(BrokerCatalog.CATALOG.exposedNames());
        names.add("narrows_wal_object_bytes_bucket");
        return names;
    }
}
