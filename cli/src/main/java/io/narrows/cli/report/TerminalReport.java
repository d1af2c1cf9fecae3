package io.narrows.cli.report;

import io.narrows.cli.cost.CostReport;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Prints a cost report as tables of text. Stateless. */
public final class TerminalReport {
    private static final String GAP = "  ";

    private TerminalReport() {}

    public static void print(PrintWriter out, CostReport report) {
        out.println("Cost report: " + report.measurement().origin().source());
        out.println();
        out.println(report.advice());
        for (Table table : new ReportTables(report).all()) {
            out.println();
            out.println(table.title());
            if (!table.note().isEmpty()) {
                out.println(GAP + table.note());
            }
            print(out, table);
        }
        out.println();
        out.println("How to read it");
        report.measurement().origin().notes().forEach(note -> out.println(GAP + "- " + note));
        out.flush();
    }

    private static void print(PrintWriter out, Table table) {
        List<List<String>> lines = new ArrayList<>();
        lines.add(table.columns().stream().map(Table.Column::title).toList());
        for (List<@Nullable Object> row : table.rows()) {
            List<String> cells = new ArrayList<>();
            for (int i = 0; i < row.size(); i++) {
                cells.add(table.columns().get(i).unit().format(row.get(i)));
            }
            lines.add(cells);
        }
        for (List<String> cells : lines) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < cells.size(); i++) {
                int column = i;
                int width = lines.stream()
                        .mapToInt(other -> other.get(column).length())
                        .max()
                        .orElse(0);
                String pad = " ".repeat(width - cells.get(i).length());
                boolean right = table.columns().get(i).unit().isNumber();
                line.append(GAP).append(right ? pad + cells.get(i) : cells.get(i) + pad);
            }
            out.println(line.toString().stripTrailing());
        }
    }
}
