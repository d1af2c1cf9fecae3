package io.narrows.broker.config;

/**
 * How segments are closed, copied and read.
 *
 * @param partBytes a part of a segment object is uploaded at this size; a multiple of {@link #BLOCK_BYTES}
 * @param cacheBytes bound of the off-heap cache of blocks
 * @param readAheadBytes most that is fetched ahead of one reader
 * @param copyBytesPerSecond ceiling of real bytes copied by this broker
 * @param copyTimeoutMs a copy that takes longer fails
 */
public record TierSettings(
        int partBytes, long cacheBytes, int readAheadBytes, long copyBytesPerSecond, long copyTimeoutMs, Roll roll) {
    /** What is checked, cached and fetched as a whole. */
    public static final int BLOCK_BYTES = 1 << 20;

    /** As the keys' defaults. */
    public static final TierSettings DEFAULT = new TierSettings(
            16 << 20, 128L << 20, 16 << 20, 256L << 20, 1_800_000, new Roll(3_600_000, 21_600_000, 16 << 20));

    /**
     * When the oldest link closes its segment: at {@code afterMs} if the segment stands for {@code minBytes}, at
     * {@code maxMs} in any case.
     */
    public record Roll(long afterMs, long maxMs, long minBytes) {
        public boolean due(long ageMs, long realBytes) {
            return ageMs >= maxMs || (ageMs >= afterMs && realBytes >= minBytes);
        }
    }
}
