package io.narrows.cli.cost;

/**
 * Requests to the object store and what they carried, as they are billed: every attempt counts.
 *
 * @param putBytes uploaded
 * @param gotBytes retrieved
 * @param retries attempts after a failed one, which are in the counts above; {@link #UNKNOWN} where they are not counted
 * @param hedges attempts beside a slow one, likewise
 */
public record StoreUse(
        long put,
        long get,
        long list,
        long head,
        long delete,
        long putBytes,
        long gotBytes,
        long retries,
        long hedges) {
    public static final long UNKNOWN = -1;

    /** For a system that has no object store. */
    public static final StoreUse NONE = new StoreUse(0, 0, 0, 0, 0, 0, 0, 0, 0);

    public StoreUse plus(StoreUse other) {
        return new StoreUse(
                put + other.put,
                get + other.get,
                list + other.list,
                head + other.head,
                delete + other.delete,
                putBytes + other.putBytes,
                gotBytes + other.gotBytes,
                known(retries, other.retries),
                known(hedges, other.hedges));
    }

    private static long known(long a, long b) {
        return a == UNKNOWN || b == UNKNOWN ? UNKNOWN : a + b;
    }
}
