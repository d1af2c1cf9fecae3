package io.narrows.bench.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.cli.cluster.TestTopics;
import io.narrows.cli.load.LoadPlan;
import io.narrows.cli.load.LoadPlan.FanOut;
import io.narrows.cli.load.LoadPlan.Guarantee;
import io.narrows.cli.load.LoadPlan.Producers;
import io.narrows.cli.load.LoadPlan.Readers;
import io.narrows.cli.load.LoadPlan.Shape;
import io.narrows.cli.load.LoadResult;
import io.narrows.cli.load.LoadRun;
import io.narrows.cli.load.Rate;
import io.narrows.cli.load.ZoneEndpoints;
import io.narrows.cli.verify.Payload;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/** Builds the loads of integration tests, runs them and judges. */
final class Loads {
    private static final AtomicInteger RUNS = new AtomicInteger(1);

    private final String bootstrap;
    private final List<ZoneEndpoints> endpoints;

    Loads(String bootstrap, List<ZoneEndpoints> endpoints) {
        this.bootstrap = bootstrap;
        this.endpoints = endpoints;
    }

    /** Six megabytes a second for three seconds to twelve partitions, each record read once. */
    static LoadPlan plan() {
        int run = RUNS.getAndIncrement();
        return new LoadPlan(
                "load-" + run,
                12,
                run,
                Rate.parse("6MB/s"),
                Duration.ofSeconds(3),
                new Shape(4096, Payload.TEXT),
                new Producers(1, 64 << 10, 10, "none", Guarantee.IDEMPOTENT, Map.of()),
                new Readers(FanOut.SHARED, Map.of()));
    }

    static LoadPlan with(LoadPlan plan, Rate rate, Duration duration, int partitions, Shape shape) {
        return new LoadPlan(
                plan.topic(), partitions, plan.runId(), rate, duration, shape, plan.producers(), plan.readers());
    }

    static LoadPlan with(LoadPlan plan, UnaryOperator<Producers> producers) {
        return new LoadPlan(
                plan.topic(),
                plan.partitions(),
                plan.runId(),
                plan.rate(),
                plan.duration(),
                plan.shape(),
                producers.apply(plan.producers()),
                plan.readers());
    }

    static LoadPlan lasting(LoadPlan plan, Duration duration) {
        return with(plan, plan.rate(), duration, plan.partitions(), plan.shape());
    }

    static LoadPlan producing(LoadPlan plan, Guarantee guarantee, String compression) {
        return with(
                plan,
                p -> new Producers(p.perZone(), p.batchBytes(), p.lingerMs(), compression, guarantee, p.overrides()));
    }

    LoadRun start(LoadPlan plan) {
        try (TestTopics topics = new TestTopics(bootstrap)) {
            topics.create(plan.topic(), plan.partitions(), Map.of("max.message.bytes", "8388608"));
        }
        return LoadRun.start(plan, endpoints);
    }

    LoadResult run(String name, LoadPlan plan) throws InterruptedException {
        return finish(name, start(plan));
    }

    /** Waits for the end, prints what was seen and requires that every record is right. */
    static LoadResult finish(String name, LoadRun run) throws InterruptedException {
        LoadResult result = run.finish(Duration.ofSeconds(90));
        System.out.println(summary(name, result));
        assertThat(result.verdict().isClean()).as(summary(name, result)).isTrue();
        assertThat(result.complete()).as(summary(name, result)).isTrue();
        assertThat(result.totals().acknowledged()).as("acknowledged").isPositive();
        return result;
    }

    static String summary(String name, LoadResult result) {
        return String.format(
                Locale.ROOT,
                "%-44s %,9d acknowledged in %5.1f s, %6.1f MB, uncertain %d, %s, p50 %.1f p99 %.1f max %.0f ms, errors %s",
                name,
                result.totals().acknowledged(),
                result.elapsed().toMillis() / 1e3,
                result.totals().bytes() / 1e6,
                result.totals().uncertain(),
                result.verdict(),
                result.p50Ms(),
                result.p99Ms(),
                result.latencyMicros().getMaxValue() / 1e3,
                result.errors());
    }
}
