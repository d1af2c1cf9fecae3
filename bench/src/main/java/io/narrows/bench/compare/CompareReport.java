package io.narrows.bench.compare;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A finished comparison. */
public record CompareReport(Provenance provenance, List<LoadCase> loads, List<Measured> measured) {
    public CompareReport {
        loads = List.copyOf(loads);
        measured = List.copyOf(measured);
    }

    /** For the terminal. */
    public String text() {
        return CompareTable.text(measured, loads);
    }

    public void writeJson(Path file) throws IOException {
        CompareJson.write(file, this);
    }

    /** One page that needs nothing else. */
    public void writeHtml(Path file) throws IOException {
        Files.writeString(file, CompareHtml.page(this), StandardCharsets.UTF_8);
    }

    /** No record was lost, duplicated, out of order or corrupt, and all clients finished. */
    public boolean isClean() {
        return measured.stream().allMatch(Measured::isClean);
    }

    List<Target> targets() {
        return loads.stream()
                .flatMap(load -> Averages.of(measured, load).stream())
                .flatMap(one -> Target.of(one).stream())
                .toList();
    }
}
