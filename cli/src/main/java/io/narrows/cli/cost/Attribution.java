package io.narrows.cli.cost;

/**
 * What one topic or one client id has to do with the bill.
 *
 * @param produced by path; all zero but {@code local} where paths are not known
 * @param stock bytes between zones that stock Kafka would send for the same batches
 */
public record Attribution(String name, PathBytes produced, StockBytes stock) {
    /** The name under which everything beyond the bound of names is counted. */
    public static final String OTHER = "other";

    /**
     * Bytes between zones in stock Kafka.
     *
     * @param consume to readers when they fetch from leaders
     * @param consumeRackAware to readers when they fetch from a replica of their zone, if there is one
     */
    public record StockBytes(long produce, long replication, long consume, long consumeRackAware) {
        public static final StockBytes NONE = new StockBytes(0, 0, 0, 0);

        public StockBytes plus(StockBytes other) {
            return new StockBytes(
                    produce + other.produce,
                    replication + other.replication,
                    consume + other.consume,
                    consumeRackAware + other.consumeRackAware);
        }

        public long asIs() {
            return produce + replication + consume;
        }

        public long rackAware() {
            return produce + replication + consumeRackAware;
        }
    }
}
