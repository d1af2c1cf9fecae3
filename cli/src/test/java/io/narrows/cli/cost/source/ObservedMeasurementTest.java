package io.narrows.cli.cost.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narrows.cli.cost.Measurement;
import io.narrows.cli.cost.SystemKind;
import io.narrows.cli.cost.Usage;
import io.narrows.cli.cost.ZoneFlow.Kind;
import io.narrows.cli.cost.source.ObserveSettings.Flush;
import io.narrows.cli.cost.source.PartitionSample.Leader;
import io.narrows.cli.cost.source.PartitionSample.Reader;
import io.narrows.relay.price.PriceBooks;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

final class ObservedMeasurementTest {
    private static final List<String> ZONES = List.of("a", "b", "c");
    private static final ObserveSettings SETTINGS = new ObserveSettings(
            Duration.ofSeconds(10),
            Map.of("10.0.1.", "a", "10.0.2.", "b"),
            new Flush(4 << 20, Duration.ofMillis(250)),
            64 << 10);

    private static PartitionSample partition(int leader, long bytes, Reader... readers) {
        String zone = ZONES.get(leader);
        return new PartitionSample(
                "orders",
                bytes,
                new Leader(leader, zone),
                ZONES.stream().filter(other -> !other.equals(zone)).toList(),
                List.of(readers));
    }

    private static Measurement measure(String prices, List<PartitionSample> samples) {
        return new ObservedMeasurement(PriceBooks.load(prices), SETTINGS, ZONES).of(3, samples, 10);
    }

    /** 900 MB in 10 s over three leaders, one group whose members' zones are not known. */
    private static List<PartitionSample> busy() {
        return List.of(
                partition(0, 300_000_000, new Reader("")),
                partition(1, 300_000_000, new Reader("")),
                partition(2, 300_000_000, new Reader("")));
    }

    @Test
    void stockKafkaCrossesTenThirdsOfWhatIsProduced() {
        Measurement measurement = measure("aws-us-east-1", busy());
        Usage stock = measurement.usage(SystemKind.STOCK).orElseThrow();
        assertThat(stock.crossBytes(Kind.PRODUCE)).isEqualTo(600_000_000);
        assertThat(stock.crossBytes(Kind.REPLICATION)).isEqualTo(1_800_000_000);
        assertThat(stock.crossBytes(Kind.CONSUME)).isEqualTo(600_000_000);
        assertThat(measurement.usage(SystemKind.STOCK_RACK).orElseThrow().crossBytes())
                .isEqualTo(2_400_000_000L);
        assertThat(stock.crossBytes("a", "b")).isEqualTo(500_000_000);
    }

    @Test
    void narrowsWritesOneObjectPerWindowAndSendsPointers() {
        Usage narrows =
                measure("aws-us-east-1", busy()).usage(SystemKind.NARROWS).orElseThrow();
        // Each zone's proxy has 200 MB for remote leaders: 20 MB/s, 4 MiB objects after 210 ms. Each leader has 100 MB
        // of its own zone: objects of 2.5 MB.
        long proxyPuts = 3 * Math.round(200e6 / (4 << 20));
        long leaderPuts = 3 * 40;
        assertThat(narrows.store().put()).isEqualTo(proxyPuts + leaderPuts);
        assertThat(narrows.store().get()).isEqualTo(proxyPuts * (2 + 3) + leaderPuts * 2);
        assertThat(narrows.crossShare()).isBetween(0.001, 0.01);
    }

    @Test
    void aTrickleStaysDirectAndSavesNothing() {
        Measurement measurement =
                measure("aws-us-east-1", List.of(partition(0, 300_000), partition(1, 300_000), partition(2, 300_000)));
        Usage narrows = measurement.usage(SystemKind.NARROWS).orElseThrow();
        assertThat(narrows.store().put()).isZero();
        assertThat(narrows.crossBytes())
                .isEqualTo(
                        measurement.usage(SystemKind.STOCK_RACK).orElseThrow().crossBytes());
    }

    @Test
    void withFreeZonesNothingIsStaged() {
        assertThat(measure("azure", busy())
                        .usage(SystemKind.NARROWS)
                        .orElseThrow()
                        .store()
                        .put())
                .isZero();
    }

    @Test
    void aReaderInAKnownZoneCrossesOnlyToItsLeader() {
        Measurement measurement = measure(
                "aws-us-east-1", List.of(partition(0, 900, new Reader("a")), partition(1, 900, new Reader("a"))));
        assertThat(measurement.usage(SystemKind.STOCK).orElseThrow().crossBytes(Kind.CONSUME))
                .isEqualTo(900);
    }

    @Test
    void whatCannotBeComputedIsRefusedWithWhatToDo() {
        assertThatThrownBy(() -> measure("aws-us-east-1", List.of())).hasMessageContaining("--interval");
        assertThatThrownBy(() -> new ObservedMeasurement(PriceBooks.load("gcp"), SETTINGS, List.of("")))
                .hasMessageContaining("broker.rack");
        assertThat(SETTINGS.zoneOfHost("/10.0.2.17")).isEqualTo("b");
        assertThat(SETTINGS.zoneOfHost("/192.168.0.1")).isEmpty();
    }

    @Test
    void retentionBetweenTwoSamplesDoesNotHideWhatWasProduced() {
        TopicPartition partition = new TopicPartition("t", 0);
        ClusterSnapshot before =
                new ClusterSnapshot(Map.of(), Map.of(partition, new ClusterSnapshot.Log(10_000, 0, 100)));
        ClusterSnapshot grown =
                new ClusterSnapshot(Map.of(), Map.of(partition, new ClusterSnapshot.Log(12_345, 0, 120)));
        ClusterSnapshot cut = new ClusterSnapshot(Map.of(), Map.of(partition, new ClusterSnapshot.Log(5_000, 70, 120)));
        assertThat(grown.producedSince(before)).containsEntry(partition, 2_345L);
        assertThat(cut.producedSince(before)).containsEntry(partition, 2_000L);
        assertThat(before.producedSince(before)).containsEntry(partition, 0L);
    }
}
