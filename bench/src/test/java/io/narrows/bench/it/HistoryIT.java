package io.narrows.bench.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.cli.cluster.ProxyPath;
import io.narrows.cli.demo.DemoOptions;
import io.narrows.cli.demo.HistoryDemo;
import io.narrows.cli.demo.HistoryFigures;
import io.narrows.cli.load.LoadPlan;
import io.narrows.cli.load.LoadPlan.Producers;
import io.narrows.cli.load.LoadPlan.Shape;
import io.narrows.cli.load.Rate;
import io.narrows.cli.verify.Payload;
import io.narrows.s3server.LatencyModel;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A fresh group reads everything from the beginning while the tail is being written and history becomes segment objects. */
final class HistoryIT {
    /** {@code -Dnarrows.it.long=true}: five minutes. */
    private static final Duration DURATION = Duration.ofSeconds(Boolean.getBoolean("narrows.it.long") ? 300 : 20);

    @TempDir
    Path directory;

    @Test
    void aFreshGroupReadsEverythingFromTheBeginning() throws Exception {
        LoadPlan plan = Loads.with(Loads.plan(), Rate.parse("10MB/s"), DURATION, 6, new Shape(4096, Payload.RANDOM));
        plan = Loads.with(plan, p -> new Producers(1, 128 << 10, 50, "none", p.guarantee(), Map.of()))
                .on("history", DURATION);
        StringWriter printed = new StringWriter();
        DemoOptions options = new DemoOptions(
                plan,
                Duration.ZERO,
                ProxyPath.STAGED,
                LatencyModel.NONE,
                "aws-us-east-1",
                DemoOptions.Consumers.AT_BROKERS,
                new DemoOptions.Settings(Map.of(), Map.of("wal.linger.ms", "125")),
                new DemoOptions.Output(null, directory, DemoOptions.Metrics.HIDDEN));

        HistoryFigures figures = new HistoryDemo(options, new PrintWriter(printed, true)).run();

        assertThat(figures.isClean()).as(printed.toString()).isTrue();
        long acknowledged = figures.load().totals().acknowledged();
        assertThat(figures.load().verdict().consumed()).isEqualTo(2 * acknowledged);
        assertThat(figures.census().copies().bytes()).isGreaterThan(figures.producedBytes() / 3);
        assertThat(figures.census().copies().readBytes()).as(printed.toString()).isPositive();
        assertThat(figures.writeAmplification()).isLessThan(2.2);
    }
}
