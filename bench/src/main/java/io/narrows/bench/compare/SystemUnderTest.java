package io.narrows.bench.compare;

import java.util.Arrays;
import java.util.Locale;

/** A system that is measured. */
public enum SystemUnderTest {
    /** Apache Kafka; consumers read from leaders, as they do by default. */
    STOCK("stock", "Kafka 4.3.1"),
    /** Apache Kafka; consumers say their rack and read from the replica in their zone. */
    STOCK_RACK("stock-rack", "Kafka, rack-aware"),
    /** Producers through their zone's proxy, consumers by rack from the brokers. */
    NARROWS("narrows", "Narrows"),
    /** Brokers of Narrows without proxies: all clients talk to brokers. */
    NARROWS_DIRECT("narrows-direct", "Narrows, no proxy");

    private final String id;
    private final String title;

    SystemUnderTest(String id, String title) {
        this.id = id;
        this.title = title;
    }

    public static SystemUnderTest parse(String text) {
        String wanted = text.trim().toLowerCase(Locale.ROOT);
        return Arrays.stream(values())
                .filter(one -> one.id.equals(wanted))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("'" + text + "' is not a system: write "
                        + String.join(
                                ", ",
                                Arrays.stream(values()).map(SystemUnderTest::id).toList())));
    }

    /** As results and options name it. */
    public String id() {
        return id;
    }

    /** As people read it. */
    public String title() {
        return title;
    }

    boolean isStock() {
        return this == STOCK || this == STOCK_RACK;
    }

    boolean hasProxies() {
        return this == NARROWS;
    }

    boolean readsByRack() {
        return this != STOCK;
    }
}
