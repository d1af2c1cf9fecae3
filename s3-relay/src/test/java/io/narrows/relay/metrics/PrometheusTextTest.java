package io.narrows.relay.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.metrics.LabeledCounters.Label;
import io.narrows.relay.metrics.MetricRule.Kind;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class PrometheusTextTest {
    private static final MetricCatalog CATALOG = new MetricCatalog(
            "# Metrics\n",
            List.of(
                    MetricRule.of("upstream.sentBytes", Kind.COUNTER, "Bytes to brokers.", "zone", "broker"),
                    MetricRule.of("wal.put.latency", Kind.TIME, "PUTs."),
                    MetricRule.of("sizes.bytes", Kind.HISTOGRAM, "Sizes."),
                    MetricRule.of("narrows.zone.bytes", Kind.COUNTER, "Zones.", "from_zone"),
                    MetricRule.of("store.gets", Kind.COUNTER, "GETs.").shownAs("s3.gets", Map.of("store", "main"))));

    private final MetricRegistry registry = new MetricRegistry();

    private String text() {
        return PrometheusText.write(registry, CATALOG);
    }

    @Test
    void countersHaveLabelsHelpAndType() {
        registry.counter("upstream.sentBytes.eu.west.7").inc(5);
        registry.counter("upstream.sentBytes.b.2").inc(3);
        assertThat(text()).isEqualTo("""
                        # HELP narrows_upstream_sent_bytes_total Bytes to brokers.
                        # TYPE narrows_upstream_sent_bytes_total counter
                        narrows_upstream_sent_bytes_total{zone="b",broker="2"} 3
                        narrows_upstream_sent_bytes_total{zone="eu.west",broker="7"} 5
                        """);
    }

    @Test
    void timesAreInSeconds() {
        registry.timer("wal.put.latency").update(250, TimeUnit.MILLISECONDS);
        assertThat(text())
                .contains("# TYPE narrows_wal_put_seconds summary\n")
                .contains("narrows_wal_put_seconds{quantile=\"0.5\"} 0.25\n")
                .contains("narrows_wal_put_seconds_count 1\n");
    }

    @Test
    void bucketsCountEverythingUpToTheirBound() {
        BucketHistogram sizes = registry.gauge("sizes.bytes", () -> new BucketHistogram(10, 20));
        List.of(1L, 10L, 11L, 21L).forEach(sizes::record);
        assertThat(text()).endsWith("""
                        # TYPE narrows_sizes_bytes histogram
                        narrows_sizes_bytes_bucket{le="10"} 2
                        narrows_sizes_bytes_bucket{le="20"} 3
                        narrows_sizes_bytes_bucket{le="+Inf"} 4
                        narrows_sizes_bytes_sum 43
                        narrows_sizes_bytes_count 4
                        """);
    }

    @Test
    void metricsOfOneNameFromSeveralSourcesAreOneFamily() {
        LabeledCounters clients = new LabeledCounters(new Label("from_zone", 9));
        clients.cell("a").add(4);
        registry.register("narrows.zone.bytes.clients", clients);
        registry.register(
                "narrows.zone.bytes.others",
                LabeledValues.computed(List.of("from_zone"), () -> Map.of(List.of("b"), 5L)));
        assertThat(text()).endsWith("""
                        # TYPE narrows_zone_bytes_total counter
                        narrows_zone_bytes_total{from_zone="a"} 4
                        narrows_zone_bytes_total{from_zone="b"} 5
                        """);
    }

    @Test
    void aRuleGivesItsMetricsConstantLabels() {
        registry.counter("store.gets").inc(2);
        assertThat(text()).contains("narrows_s3_gets_total{store=\"main\"} 2\n");
    }

    @Test
    void labelValuesAreEscaped() {
        LabeledCounters zones = new LabeledCounters(new Label("from_zone", 9));
        zones.cell("a\"b\\c\nd").increment();
        registry.register("narrows.zone.bytes", zones);
        assertThat(text()).contains("{from_zone=\"a\\\"b\\\\c\\nd\"} 1");
    }

    @Test
    void metricsOutsideTheCatalogAppearToo() {
        Gauge<Integer> gauge = () -> 7;
        registry.register("some.new.thing", gauge);
        assertThat(text()).contains("narrows_some_new_thing 7\n");
    }
}
