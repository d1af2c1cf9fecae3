package io.narrows.cli.cost.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.narrows.cli.cost.Attribution;
import io.narrows.cli.cost.Measurement;
import io.narrows.cli.cost.ObjectSizes.Bucket;
import io.narrows.cli.cost.StoreUse;
import io.narrows.cli.cost.SystemKind;
import io.narrows.cli.cost.Usage;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LiveMeasurementTest {
    private static final String PROXY = """
            # HELP narrows_info Who this is.
            narrows_info{role="proxy",zone="a",node="p-a"} 1
            narrows_zone_bytes_total{kind="relay",from_zone="a",to_zone="b"} 1000
            narrows_zone_bytes_total{kind="relay",from_zone="a",to_zone="a"} 77
            narrows_topic_produce_bytes_total{topic="orders",path="staged"} 600000
            narrows_topic_produce_bytes_total{topic="orders",path="local"} 300000
            narrows_topic_produce_hop_bytes_total{topic="orders"} 600000
            narrows_client_produce_bytes_total{client_id="app \\"1\\"",path="staged"} 900000
            narrows_s3_put_attempts_total 11
            narrows_s3_put_bytes_total 600000
            narrows_s3_retries_total{operation="put"} 1
            narrows_s3_hedges_total{event="sent"} 2
            narrows_s3_hedges_total{event="won"} 1
            narrows_wal_object_bytes_bucket{le="65536"} 3
            narrows_wal_object_bytes_bucket{le="131072"} 10
            narrows_wal_object_bytes_bucket{le="+Inf"} 10
            narrows_router_produce_ack_seconds{path="staged",quantile="0.5"} 0.08
            narrows_router_produce_ack_seconds{path="staged",quantile="0.99"} 0.15
            narrows_router_produce_ack_seconds{path="local",quantile="0.5"} 0.004
            narrows_router_produce_ack_seconds{path="local",quantile="0.99"} 0.009
            """;

    private static final String BROKER_B = """
            narrows_info{role="broker",zone="b",node="2"} 1
            narrows_zone_bytes_total{kind="replication",from_zone="c",to_zone="b"} 500
            narrows_topic_consume_bytes_total{topic="orders",client_zone="b",same_zone="true"} 900000
            narrows_s3_get_attempts_total 20
            narrows_s3_get_bytes_total 1200000
            """;

    private static final String BROKER_C = "narrows_info{role=\"broker\",zone=\"c\",node=\"3\"} 1\n";

    private static Measurement measure() {
        return new LiveMeasurement(
                        List.of(scrape("p:1", PROXY)), List.of(scrape("b:1", BROKER_B), scrape("c:1", BROKER_C)), 3)
                .of("test", 10);
    }

    private static Scrape scrape(String address, String text) {
        return new Scrape(address, MetricsText.parse(text));
    }

    @Test
    void whatProcessesCountedIsAddedUp() {
        Usage narrows = measure().usage(SystemKind.NARROWS).orElseThrow();
        assertThat(narrows.producedBytes()).isEqualTo(900_000);
        assertThat(narrows.crossBytes()).isEqualTo(1500);
        assertThat(narrows.crossBytes("a", "b")).isEqualTo(1000);
        assertThat(narrows.store()).isEqualTo(new StoreUse(11, 20, 0, 0, 0, 600_000, 1_200_000, 1, 2));
    }

    @Test
    void stockKafkaIsComputedForTheSameBatches() {
        Measurement measurement = measure();
        // hops of the produce request, two followers, and two thirds of what readers got
        assertThat(measurement.usage(SystemKind.STOCK).orElseThrow().crossBytes())
                .isEqualTo(600_000 + 2 * 900_000 + 600_000);
        assertThat(measurement.usage(SystemKind.STOCK_RACK).orElseThrow().crossBytes())
                .isEqualTo(600_000 + 2 * 900_000);
    }

    @Test
    void topicsClientsSizesAndLatenciesAreRead() {
        Measurement.Details details = measure().details();
        assertThat(details.topics())
                .extracting(Attribution::name, topic -> topic.produced().staged())
                .containsExactly(tuple("orders", 600_000L));
        assertThat(details.clients()).extracting(Attribution::name).containsExactly("app \"1\"");
        assertThat(details.objectSizes().buckets())
                .containsExactly(new Bucket(65536, 3), new Bucket(131072, 7), new Bucket(Long.MAX_VALUE, 0));
        assertThat(details.latencies()).hasSize(2);
        assertThat(details.latencies().get(1).p99Ms()).isEqualTo(150);
    }

    @Test
    void aMissingMetricIsNamedWithTheProcessThatLacksIt() {
        assertThat(measure().origin().notes())
                .anyMatch(note -> note.contains("c:1") && note.contains("narrows_zone_bytes_total"))
                .noneMatch(note -> note.contains("narrows_client_produce_bytes_total"));
    }

    @Test
    void aSecondSampleCountsFromTheFirstAndARestartFromZero() {
        Scrape first = scrape("p", "x_total 100\ny_total{a=\"1\"} 50\ngauge 7\n");
        Scrape second = scrape("p", "x_total 130\ny_total{a=\"1\"} 20\ngauge 6\n");
        assertThat(second.since(first).samples())
                .extracting(MetricsText.Sample::value)
                .containsExactly(30.0, 20.0, 6.0);
    }

    @Test
    void hostileLinesAreSkipped() {
        String text = "{}\nname{\nname{a=\n name{a=\"b\nname{a=\"b\"}\nx NaN\n\u0000\nok_total 5\n";
        assertThat(MetricsText.parse(text)).extracting(MetricsText.Sample::name).contains("ok_total");
    }
}
