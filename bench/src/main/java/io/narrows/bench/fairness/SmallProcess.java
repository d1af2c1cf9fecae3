package io.narrows.bench.fairness;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.narrows.bench.cluster.JavaCommand;
import io.narrows.bench.cluster.JsonLineProcess;
import io.narrows.bench.fairness.SmallClient.Felt;
import io.narrows.cli.load.Rate;
import io.narrows.cli.load.ZoneEndpoints;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** The process of a {@link SmallClient}. Used by one thread, which blocks; owns the process. */
final class SmallProcess implements AutoCloseable {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Duration ENDS = Duration.ofMinutes(5);
    private static final List<String> JVM = List.of(
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Dnarrows.log.level=WARN",
            "-Dnarrows.kafka.log.level=ERROR");

    private final JsonLineProcess process;
    private int runs;

    private SmallProcess(JsonLineProcess process) {
        this.process = process;
    }

    static SmallProcess start(String name, ZoneEndpoints at, Rate rate, Path logs) throws IOException {
        JavaCommand command = JavaCommand.narrows(
                JVM,
                List.of(
                        "bench",
                        "small-client",
                        "--zone=" + at.zone(),
                        "--bootstrap=" + at.produceBootstrap(),
                        String.format(
                                Locale.ROOT, "--rate=%.6fMB/s", rate.bytesPerSecond(SmallClient.RECORD_BYTES) / 1e6)));
        return new SmallProcess(JsonLineProcess.start(name, command, logs.resolve(name + ".log")));
    }

    Felt write(String topic, Duration time) throws InterruptedException {
        return ask("write", topic, time, "");
    }

    Felt watch(String topic, Duration time, String old) throws InterruptedException {
        return ask("watch", topic, time, " " + old);
    }

    private Felt ask(String what, String topic, Duration time, String more) throws InterruptedException {
        String line = what + " " + topic + " " + time.toMillis() + " " + ++runs + more;
        try {
            return MAPPER.treeToValue(process.ask(line, time.plus(ENDS)), Felt.class);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("invariant violated: the small client's answer cannot be read", e);
        }
    }

    @Override
    public void close() {
        process.close();
    }
}
