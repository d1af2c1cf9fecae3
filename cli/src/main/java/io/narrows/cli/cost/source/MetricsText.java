package io.narrows.cli.cost.source;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Parses the text format in which Prometheus reads metrics. Lines that are no samples are skipped. Stateless. */
final class MetricsText {
    private MetricsText() {}

    /** A series' name and labels with its value. */
    record Sample(String name, Map<String, String> labels, double value) {
        Sample {
            labels = Map.copyOf(labels);
        }

        String label(String key) {
            return labels.getOrDefault(key, "");
        }
    }

    static List<Sample> parse(String text) {
        List<Sample> samples = new ArrayList<>();
        text.lines().forEach(line -> {
            String trimmed = line.trim();
            if (!trimmed.isEmpty() && trimmed.charAt(0) != '#') {
                sample(trimmed, samples);
            }
        });
        return samples;
    }

    private static void sample(String line, List<Sample> samples) {
        int nameEnd = 0;
        while (nameEnd < line.length() && line.charAt(nameEnd) != '{' && line.charAt(nameEnd) != ' ') {
            nameEnd++;
        }
        Map<String, String> labels = new LinkedHashMap<>();
        int at = nameEnd;
        if (at < line.length() && line.charAt(at) == '{') {
            at = labels(line, at + 1, labels);
        }
        String[] rest = line.substring(Math.min(at, line.length())).trim().split("\\s+");
        try {
            samples.add(new Sample(line.substring(0, nameEnd), labels, value(rest[0])));
        } catch (NumberFormatException e) {
            // A line of another kind: the format asks readers to pass over what they do not know.
            return;
        }
    }

    private static double value(String text) {
        return switch (text) {
            case "+Inf" -> Double.POSITIVE_INFINITY;
            case "-Inf" -> Double.NEGATIVE_INFINITY;
            default -> Double.parseDouble(text);
        };
    }

    /** Reads {@code key="value",...}} with its escapes and returns the position behind the brace. */
    private static int labels(String line, int start, Map<String, String> labels) {
        int at = start;
        while (at < line.length() && line.charAt(at) != '}') {
            int equals = line.indexOf("=\"", at);
            if (equals < 0) {
                return line.length();
            }
            String key = line.substring(at, equals).replace(",", "").trim();
            StringBuilder value = new StringBuilder();
            at = equals + 2;
            while (at < line.length() && line.charAt(at) != '"') {
                char c = line.charAt(at);
                if (c == '\\' && at + 1 < line.length()) {
                    at++;
                    c = line.charAt(at) == 'n' ? '\n' : line.charAt(at);
                }
                value.append(c);
                at++;
            }
            labels.put(key, value.toString());
            at++;
        }
        return at + 1;
    }
}
