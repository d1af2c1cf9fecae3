package io.narrows.bench.compare;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.narrows.cli.cluster.Ready;
import io.narrows.cli.cluster.TestTopics;
import io.narrows.cli.load.ClientTraffic;
import io.narrows.cli.load.LoadPlan;
import io.narrows.cli.load.LoadResult;
import io.narrows.cli.load.LoadRun;
import io.narrows.cli.load.ZoneEndpoints;
import io.narrows.cli.verify.Verdict;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/**
 * The clients of one zone, in a process of that zone. Does what it is told in lines and answers each with a line of JSON:
 *
 * <pre>
 *   ready URL,URL ...        waits until all brokers and these proxies are there
 *   load OPTION OPTION ...   what the next lines are about, as {@code narrows load} takes it
 *   topic NAME               creates a topic and waits for its leaders
 *   run NAME MILLIS FILE     produces and reads; answers when the zone's producers have ended and the file says what
 *                            they sent
 *   finish FILE,FILE ...     the other zones' files: reads to the end, checks, answers with the result
 * </pre>
 *
 * Used by one thread; ends when the lines end.
 */
public final class ZoneLoad {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Duration START = Duration.ofMinutes(2);
    private static final Duration READERS_END = Duration.ofMinutes(3);
    private static final Duration PRODUCERS_END = Duration.ofMinutes(3);

    private final Function<List<String>, LoadPlan> plans;
    private final List<ZoneEndpoints> zones;
    private final int zone;
    private @Nullable LoadPlan plan;
    private @Nullable LoadRun run;

    /**
     * @param plans reads a load from options
     * @param zone index of the own one among all zones
     */
    public ZoneLoad(Function<List<String>, LoadPlan> plans, List<ZoneEndpoints> zones, int zone) {
        this.plans = plans;
        this.zones = List.copyOf(zones);
        this.zone = zone;
    }

    public void serve(BufferedReader in, PrintWriter out) throws IOException, InterruptedException {
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            ObjectNode answer = MAPPER.createObjectNode();
            try {
                obey(line.split(" ", -1), answer);
            } catch (KafkaException | IllegalStateException | IllegalArgumentException e) {
                answer.put("error", "'" + line + "': " + e.getMessage());
            }
            out.println(answer);
            out.flush();
        }
    }

    private void obey(String[] words, ObjectNode answer) throws InterruptedException {
        switch (words[0]) {
            case "ready" ->
                awaitServers(Arrays.stream(words[1].split(","))
                        .filter(url -> !url.isEmpty())
                        .toList());
            case "load" -> plan = plans.apply(List.of(words).subList(1, words.length));
            case "topic" -> createTopic(words[1]);
            case "run" -> run(words[1], Duration.ofMillis(Long.parseLong(words[2])), Path.of(words[3]));
            case "finish" -> finish(words[1].split(","), answer);
            default -> throw new IllegalArgumentException("unknown");
        }
    }

    private void awaitServers(List<String> readyUrls) throws InterruptedException {
        try (TestTopics topics = new TestTopics(zones.get(zone).consumeBootstrap())) {
            boolean all = Ready.await(START, () -> brokers(topics) == zones.size());
            if (!all) {
                throw new IllegalStateException("not all brokers registered in time");
            }
        }
        for (String url : readyUrls) {
            if (!Ready.await(START, () -> isOk(url))) {
                throw new IllegalStateException("not ready in time: " + url);
            }
        }
    }

    private static int brokers(TestTopics topics) {
        try {
            return topics.brokers();
        } catch (IllegalStateException notYet) {
            return 0;
        }
    }

    private static boolean isOk(String url) {
        try {
            HttpURLConnection connection =
                    (HttpURLConnection) URI.create(url).toURL().openConnection();
            connection.setConnectTimeout(1_000);
            connection.setReadTimeout(1_000);
            return connection.getResponseCode() == HttpURLConnection.HTTP_OK;
        } catch (IOException notYet) {
            return false;
        }
    }

    private LoadPlan plan() {
        LoadPlan current = plan;
        if (current == null) {
            throw new IllegalStateException("no load yet");
        }
        return current;
    }

    private void createTopic(String name) throws InterruptedException {
        int partitions = plan().partitions();
        try (TestTopics topics = new TestTopics(zones.get(zone).consumeBootstrap())) {
            topics.createServed(name, partitions, Map.of("max.message.bytes", "8388608"));
        }
    }

    private void run(String topic, Duration duration, Path sent) throws InterruptedException {
        LoadRun started = LoadRun.startZone(plan().on(topic, duration), zones, zone);
        run = started;
        if (!started.awaitProducers(duration.plus(PRODUCERS_END))) {
            throw new IllegalStateException("producers did not end in time");
        }
        try {
            Files.writeString(sent, started.sentHere());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void finish(String[] files, ObjectNode answer) throws InterruptedException {
        LoadRun started = run;
        if (started == null) {
            throw new IllegalStateException("nothing runs");
        }
        List<String> elsewhere = new ArrayList<>();
        try {
            for (String file : files) {
                elsewhere.add(Files.readString(Path.of(file)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        started.producersEndedElsewhere(elsewhere);
        result(started.finish(READERS_END), answer);
    }

    private static void result(LoadResult result, ObjectNode answer) {
        Verdict verdict = result.verdict();
        answer.put("seconds", result.elapsed().toNanos() / 1e9)
                .put(
                        "batchBytes",
                        result.traffic().stream()
                                .mapToLong(ClientTraffic::batchBytes)
                                .sum())
                .put("records", result.totals().acknowledged())
                .put("uncertain", result.totals().uncertain())
                .put("complete", result.complete())
                .put("ack", Histograms.encode(result.latencyMicros()))
                .put("endToEnd", Histograms.encode(result.endToEndMicros()));
        VerdictJson.write(answer.putObject("verdict"), verdict);
        ObjectNode errors = answer.putObject("errors");
        result.errors().forEach(errors::put);
    }
}
