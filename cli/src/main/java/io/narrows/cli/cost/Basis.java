package io.narrows.cli.cost;

/** How a system's figures came about. */
public enum Basis {
    /** Counted while it ran. */
    MEASURED("measured"),
    /** Worked out from counted batches and where leaders, replicas and readers are. */
    COMPUTED("computed"),
    /** Worked out with assumptions that the report lists. */
    ESTIMATED("estimated");

    private final String label;

    Basis(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }
}
