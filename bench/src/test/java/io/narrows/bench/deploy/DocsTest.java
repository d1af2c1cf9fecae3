package io.narrows.bench.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The pages lead to what there is. */
final class DocsTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern LINK = Pattern.compile("]\\(([^)#\\s]*)(?:#([^)\\s]*))?\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");

    /** A class, or a method of one, in backticks. */
    private static final Pattern CLASS = Pattern.compile("`([A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*)(?:[.#][A-Za-z0-9]+)?`");

    /** A metric's whole name in backticks, with or without labels. */
    private static final Pattern METRIC = Pattern.compile("`(narrows_[a-z0-9_]*[a-z0-9])(?:\\{[^`]*)?`");

    private static final Pattern LOG_LINE = Pattern.compile("\\blog `([^`]+)`");

    @Test
    void linksLeadToFilesAndHeadings() throws IOException {
        List<Path> pages = pages();
        assertThat(pages).hasSizeGreaterThan(25);
        for (Path page : pages) {
            Matcher link = LINK.matcher(Files.readString(page));
            while (link.find()) {
                if (!link.group(1).contains("://")) {
                    check(page, link.group(1), link.group(2));
                }
            }
        }
    }

    private static void check(Path page, String file, String heading) throws IOException {
        Path target = file.isEmpty() ? page : page.resolveSibling(file).normalize();
        assertThat(target).as("link in %s", ROOT.relativize(page)).exists();
        if (heading != null && target.toString().endsWith(".md")) {
            List<String> headings = HEADING.matcher(Files.readString(target))
                    .results()
                    .map(match -> anchor(match.group(1)))
                    .toList();
            assertThat(headings)
                    .as("link in %s to %s", ROOT.relativize(page), file)
                    .contains(heading);
        }
    }

    /** As GitHub makes it of a heading. */
    private static String anchor(String heading) {
        return heading.strip()
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^\\w\\- ]", "")
                .replace(' ', '-');
    }

    private static List<Path> pages() throws IOException {
        try (Stream<Path> docs = Files.walk(ROOT.resolve("docs"));
                Stream<Path> top = Files.list(ROOT);
                Stream<Path> modules = Files.list(ROOT).map(module -> module.resolve("README.md"))) {
            return Stream.of(docs, top, modules.filter(Files::exists))
                    .flatMap(pages -> pages)
                    .filter(page -> page.toString().endsWith(".md"))
                    .toList();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"s3-relay", "router", "zone-proxy", "broker-core", "cli", "bench"})
    void aModulesPageNamesEachOfItsPackages(String module) throws IOException {
        String page = Files.readString(ROOT.resolve(module).resolve("README.md"));
        try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/main/java/io/narrows"))) {
            List<String> packages = files.filter(file -> file.endsWith("package-info.java"))
                    .map(file -> file.getParent().getFileName().toString())
                    .toList();
            assertThat(packages)
                    .isNotEmpty()
                    .allSatisfy(name -> assertThat(page).containsPattern("[`.]" + Pattern.quote(name) + "`"));
        }
    }

    /** Kafka's classes stand there without backticks. */
    @ParameterizedTest
    @ValueSource(strings = {"life-of-a-batch", "follow-a-batch", "next-kafka", "how-to", "setup"})
    void classesOnADevelopersPageExist(String name) throws IOException {
        String page = Files.readString(ROOT.resolve("docs/developers").resolve(name + ".md"));
        Set<String> sources = sources();
        assertThat(CLASS.matcher(page).results().map(match -> match.group(1)))
                .isNotEmpty()
                .allSatisfy(type -> assertThat(sources).contains(type + ".java"));
    }

    @Test
    void metricsOnPagesAreInTheReference() throws IOException {
        String reference = Files.readString(ROOT.resolve("docs/reference/broker-metrics.md"))
                + Files.readString(ROOT.resolve("docs/reference/proxy-metrics.md"));
        for (Path page : pages()) {
            assertThat(METRIC.matcher(Files.readString(page)).results().map(match -> match.group(1)))
                    .as("metrics in %s", ROOT.relativize(page))
                    .allSatisfy(metric -> assertThat(reference).containsPattern("\\b" + metric + "\\b"));
        }
    }

    @Test
    void logLinesOnDevelopersPagesExist() throws IOException {
        String page = Files.readString(ROOT.resolve("docs/developers/follow-a-batch.md"));
        String code = code();
        assertThat(LOG_LINE.matcher(page).results().map(match -> match.group(1)))
                .isNotEmpty()
                .allSatisfy(line ->
                        assertThat(code.contains('"' + line + '"')).as(line).isTrue());
    }

    private static String code() throws IOException {
        StringBuilder all = new StringBuilder();
        for (Path file : files()) {
            if (file.toString().endsWith(".java")) {
                all.append(Files.readString(file));
            }
        }
        return all.toString();
    }

    private static Set<String> sources() throws IOException {
        Set<String> names = new HashSet<>();
        files().forEach(file -> names.add(file.getFileName().toString()));
        return names;
    }

    private static List<Path> files() throws IOException {
        List<Path> found = new ArrayList<>();
        try (Stream<Path> modules = Files.list(ROOT)) {
            for (Path source : modules.map(module -> module.resolve("src"))
                    .filter(Files::isDirectory)
                    .toList()) {
                try (Stream<Path> files = Files.walk(source)) {
                    files.filter(Files::isRegularFile).forEach(found::add);
                }
            }
        }
        return found;
    }
}
