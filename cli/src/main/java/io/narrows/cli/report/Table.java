package io.narrows.cli.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A table of a report with plain values; renderers format them by their column's unit.
 *
 * @param id name in files for programs
 * @param note one sentence below the title, or empty
 */
record Table(String id, String title, String note, List<Column> columns, List<List<@Nullable Object>> rows) {
    /** @param id name in files for programs */
    record Column(String id, String title, Unit unit) {}

    Table {
        columns = List.copyOf(columns);
        rows = Collections.unmodifiableList(new ArrayList<>(rows));
    }

    /** Collects rows of values, which may be null where nothing is known. */
    static final class Rows {
        private final List<List<@Nullable Object>> rows = new ArrayList<>();

        void add(@Nullable Object... values) {
            rows.add(Collections.unmodifiableList(new ArrayList<>(Arrays.asList(values))));
        }

        List<List<@Nullable Object>> all() {
            return rows;
        }
    }
}
