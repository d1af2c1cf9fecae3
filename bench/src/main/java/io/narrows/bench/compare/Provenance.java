package io.narrows.bench.compare;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Where figures come from: without it they are nothing to compare with.
 *
 * @param machine processor, processors, memory and system, without a name
 * @param commit of the source, or "unknown" outside a checkout
 */
public record Provenance(Machine machine, String commit, String command, String at) {
    /** What the run had. */
    public record Machine(String processor, int processors, long memoryBytes, String system, String java) {
        static Machine current() {
            return new Machine(
                    value(Path.of("/proc/cpuinfo"), "model name"),
                    Runtime.getRuntime().availableProcessors(),
                    memory(),
                    System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                            + System.getProperty("os.arch"),
                    System.getProperty("java.version"));
        }

        private static long memory() {
            String kilobytes = value(Path.of("/proc/meminfo"), "MemTotal").replaceAll("[^0-9]", "");
            return kilobytes.isEmpty() ? 0 : Long.parseLong(kilobytes) * 1024;
        }

        private static String value(Path file, String key) {
            try {
                return Files.readAllLines(file).stream()
                        .filter(line -> line.startsWith(key))
                        .map(line -> line.substring(line.indexOf(':') + 1).strip())
                        .findFirst()
                        .orElse("");
            } catch (IOException e) {
                return "";
            }
        }
    }

    /** @param at when the run ended, for people */
    public static Provenance current(List<String> command, String at) {
        return new Provenance(Machine.current(), describeCommit(), "narrows " + String.join(" ", command), at);
    }

    private static String describeCommit() {
        try {
            Process git = new ProcessBuilder("git", "describe", "--always", "--dirty", "--abbrev=12")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String text = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return text.isEmpty() ? "unknown" : text;
        } catch (IOException e) {
            return "unknown";
        }
    }
}
