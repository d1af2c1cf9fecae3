package io.narrows.proxy.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class PrometheusTextTest {
    private final MetricRegistry registry = new MetricRegistry();

    @Test
    void countersHaveLabelsHelpAndType() {
        registry.counter("upstream.sentBytes.eu.west.7").inc(5);
        registry.counter("upstream.sentBytes.b.2").inc(3);
        assertThat(PrometheusText.write(registry)).isEqualTo("""
                        # HELP narrows_upstream_sent_bytes_total Kafka bytes on the wire to brokers.
                        # TYPE narrows_upstream_sent_bytes_total counter
                        narrows_upstream_sent_bytes_total{zone="b",broker="2"} 3
                        narrows_upstream_sent_bytes_total{zone="eu.west",broker="7"} 5
                        """);
    }

    @Test
    void timesAreInSeconds() {
        registry.timer("wal.put.latency").update(250, TimeUnit.MILLISECONDS);
        assertThat(PrometheusText.write(registry))
                .contains("# TYPE narrows_wal_put_seconds summary\n")
                .contains("narrows_wal_put_seconds{quantile=\"0.5\"} 0.25\n")
                .contains("narrows_wal_put_seconds_count 1\n");
    }

    @Test
    void labelValuesAreEscaped() {
        registry.counter("relay.client.sentBytes.a\"b\\c\nd").inc();
        assertThat(PrometheusText.write(registry)).contains("{zone=\"a\\\"b\\\\c\\nd\"} 1");
    }

    @Test
    void metricsOutsideTheCatalogAppearToo() {
        Gauge<Integer> gauge = () -> 7;
        registry.register("some.new.thing", gauge);
        assertThat(PrometheusText.write(registry)).contains("narrows_some_new_thing 7\n");
    }
}
