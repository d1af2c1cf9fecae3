package io.narrows.bench.fairness;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.narrows.bench.fairness.FairnessResult.Latency;
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
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/**
 * The small client, in a process of its own: what it waits for is not the garbage collector of its neighbours. Answers
 * each line with one of JSON:
 *
 * <pre>
 *   write TOPIC MILLIS RUN         produces and reads for so long
 *   watch TOPIC MILLIS RUN OLD     the same, and fetches single records of what was written to the topic OLD
 * </pre>
 *
 * Used by one thread; ends when the lines end.
 */
public final class SmallClient {
    static final int PARTITIONS = 12;
    static final int RECORD_BYTES = 1024;
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Duration READERS = Duration.ofMinutes(2);

    private final ZoneEndpoints at;
    private final Rate rate;

    public SmallClient(ZoneEndpoints at, Rate rate) {
        this.at = at;
        this.rate = rate;
    }

    /** What it felt; {@code exact}: nothing of its records was lost, doubled or reordered. */
    record Felt(double seconds, Latency acknowledged, Latency fetched, Latency read, boolean exact) {}

    public void serve(BufferedReader in, PrintWriter out) throws IOException, InterruptedException {
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.println(answer(line));
            out.flush();
        }
    }

    private String answer(String line) throws JsonProcessingException, InterruptedException {
        try {
            return MAPPER.writeValueAsString(obey(line.split(" ", -1)));
        } catch (KafkaException | IllegalStateException | IllegalArgumentException e) {
            return MAPPER.createObjectNode()
                    .put("error", "'" + line + "': " + e.getMessage())
                    .toString();
        }
    }

    private Felt obey(String[] words) throws InterruptedException {
        return switch (words[0]) {
            case "write" -> felt(produceAndRead(words), new Histogram(1));
            case "watch" -> {
                SmallReader reader = SmallReader.start(at, new TopicPartition(words[4], 0));
                LoadResult result = produceAndRead(words);
                reader.stop();
                yield felt(result, reader.micros());
            }
            default -> throw new IllegalArgumentException("unknown");
        };
    }

    private LoadResult produceAndRead(String[] words) throws InterruptedException {
        LoadPlan plan = new LoadPlan(
                words[1],
                PARTITIONS,
                Integer.parseInt(words[3]),
                rate,
                Duration.ofMillis(Long.parseLong(words[2])),
                new Shape(RECORD_BYTES, Payload.TEXT),
                new Producers(1, 16 << 10, 5, "none", Guarantee.IDEMPOTENT, Map.of("client.id", "small")),
                new Readers(FanOut.SHARED, Map.of("client.id", "small")));
        return LoadRun.start(plan, List.of(at)).finish(READERS);
    }

    private static Felt felt(LoadResult result, Histogram fetchedMicros) {
        return new Felt(
                result.elapsed().toMillis() / 1e3,
                Latency.of(result.latencyMicros()),
                Latency.of(fetchedMicros),
                Latency.of(result.endToEndMicros()),
                result.isClean());
    }
}
