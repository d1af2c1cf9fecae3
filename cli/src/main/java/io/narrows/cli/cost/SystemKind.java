package io.narrows.cli.cost;

/** What is compared, in the order in which it is shown. */
public enum SystemKind {
    STOCK("stock Kafka as is"),
    STOCK_RACK("stock Kafka, rack-aware fetch"),
    NARROWS("Narrows"),
    NARROWS_DIRECT("Narrows without proxies");

    private final String label;

    SystemKind(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }
}
