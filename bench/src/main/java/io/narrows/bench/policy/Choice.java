package io.narrows.bench.policy;

/** Who decides about the path of a window. */
public enum Choice {
    /** The path policy with {@code path.mode=auto}. */
    ADAPTIVE("adaptive"),
    /** The path policy with {@code path.mode=direct}. */
    DIRECT("always direct"),
    /** The path policy with {@code path.mode=staged}. */
    STAGED("always staged"),
    /** Each window is held for the whole linger, and then takes whichever path is cheaper by exact cost. */
    HINDSIGHT("best with hindsight"),
    /** No proxy: every batch goes from zone to zone as stock Kafka sends it. */
    STOCK("stock Kafka");

    private final String title;

    Choice(String title) {
        this.title = title;
    }

    public String title() {
        return title;
    }
}
