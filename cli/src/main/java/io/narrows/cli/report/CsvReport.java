package io.narrows.cli.report;

import io.narrows.cli.cost.CostReport;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A cost report as one CSV file (RFC 4180) with a row per figure: table, row, column, unit, value. The row is named by
 * its texts. Stateless.
 */
public final class CsvReport {
    private static final String LINE_END = "\r\n";

    private CsvReport() {}

    public static String write(CostReport report) {
        StringBuilder csv = new StringBuilder("table,row,column,unit,value").append(LINE_END);
        for (Table table : new ReportTables(report).all()) {
            int number = 0;
            for (List<@Nullable Object> row : table.rows()) {
                number++;
                String name = name(table, row, number);
                for (int i = 0; i < row.size(); i++) {
                    Table.Column column = table.columns().get(i);
                    Object value = row.get(i);
                    if (column.unit().isNumber() && value != null) {
                        csv.append(table.id())
                                .append(',')
                                .append(quoted(name))
                                .append(',')
                                .append(column.id())
                                .append(',')
                                .append(column.unit().inFiles())
                                .append(',')
                                .append(quoted(value.toString()))
                                .append(LINE_END);
                    }
                }
            }
        }
        return csv.toString();
    }

    private static String name(Table table, List<@Nullable Object> row, int number) {
        StringBuilder name = new StringBuilder();
        for (int i = 0; i < row.size(); i++) {
            Object value = row.get(i);
            if (!table.columns().get(i).unit().isNumber() && value != null) {
                name.append(name.isEmpty() ? "" : " / ").append(value);
            }
        }
        return name.isEmpty() ? Integer.toString(number) : name.toString();
    }

    /**
     * Quotes what has a separator, and takes the power from a text that a spreadsheet would run as a formula: names of
     * topics and clients are chosen by others.
     */
    static String quoted(String value) {
        boolean number = value.matches("-?[0-9.]+(E-?[0-9]+)?");
        String safe = !number && !value.isEmpty() && "=+-@\t\r".indexOf(value.charAt(0)) >= 0 ? "'" + value : value;
        return safe.matches("(?s).*[\",\r\n].*") ? '"' + safe.replace("\"", "\"\"") + '"' : safe;
    }
}
