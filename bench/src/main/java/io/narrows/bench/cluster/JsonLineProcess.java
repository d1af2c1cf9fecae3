package io.narrows.bench.cluster;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A program that is told what to do in lines and answers each with one line of JSON. Needed where no network leads to it.
 * Used by one thread, beside the one of its own that reads answers; owns the process.
 */
public final class JsonLineProcess implements AutoCloseable {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String END = "";

    private final JavaProcess process;
    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();

    private JsonLineProcess(JavaProcess process) {
        this.process = process;
        Thread reader = new Thread(this::read, "answers-of-" + process.name());
        reader.setDaemon(true);
        reader.start();
    }

    public static JsonLineProcess start(String name, JavaCommand command, Path log) throws IOException {
        return new JsonLineProcess(JavaProcess.startTalking(name, command, log));
    }

    private void read() {
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(process.output(), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                answers.add(line);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            answers.add(END);
        }
    }

    /** Sends a line; {@link #answer} has to be called for it. */
    public void tell(String line) {
        try {
            process.input().write((line + "\n").getBytes(StandardCharsets.UTF_8));
            process.input().flush();
        } catch (IOException e) {
            throw new IllegalStateException(process.name() + " has ended:\n" + process.tail(30), e);
        }
    }

    /** The answer to the oldest line that has none yet. */
    public JsonNode answer(Duration atMost) throws InterruptedException {
        String line = answers.poll(atMost.toMillis(), TimeUnit.MILLISECONDS);
        if (line == null || line.equals(END)) {
            String what = line == null ? " did not answer within " + atMost.toSeconds() + " s" : " has ended";
            throw new IllegalStateException(process.name() + what + ":\n" + process.tail(30));
        }
        try {
            JsonNode answer = MAPPER.readTree(line);
            if (answer.hasNonNull("error")) {
                throw new IllegalStateException(
                        process.name() + ": " + answer.get("error").asText());
            }
            return answer;
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(process.name() + " said '" + line + "'", e);
        }
    }

    public JsonNode ask(String line, Duration atMost) throws InterruptedException {
        tell(line);
        return answer(atMost);
    }

    public JavaProcess process() {
        return process;
    }

    @Override
    public void close() {
        process.close();
    }
}
