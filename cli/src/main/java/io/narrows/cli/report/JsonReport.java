package io.narrows.cli.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.narrows.cli.cost.CostReport;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A cost report as one JSON object: every table is an array of objects with plain numbers, named with units. */
public final class JsonReport {
    static final String SCHEMA = "narrows-cost-1";

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private JsonReport() {}

    public static String write(CostReport report) throws JsonProcessingException {
        return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(tree(report));
    }

    static ObjectNode tree(CostReport report) {
        ObjectNode root = MAPPER.createObjectNode();
        root.put("schema", SCHEMA);
        root.put("source", report.measurement().origin().source());
        root.put("seconds", report.measurement().origin().seconds());
        root.putObject("priceBook")
                .put("name", report.prices().name())
                .put("asOf", report.prices().asOf().toString())
                .put("source", report.prices().source());
        root.put("advice", report.advice());
        ArrayNode notes = root.putArray("notes");
        report.measurement().origin().notes().forEach(notes::add);
        for (Table table : new ReportTables(report).all()) {
            ArrayNode rows = root.putArray(table.id());
            for (List<@Nullable Object> row : table.rows()) {
                ObjectNode object = rows.addObject();
                for (int i = 0; i < row.size(); i++) {
                    object.set(table.columns().get(i).id(), MAPPER.valueToTree(row.get(i)));
                }
            }
        }
        return root;
    }
}
