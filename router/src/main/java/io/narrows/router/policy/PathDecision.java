package io.narrows.router.policy;

/** The path of a flush window and the reason for it. */
public enum PathDecision {
    /** The transfers saved cost more than the requests. */
    STAGED_PAYS(Path.STAGED),
    /** {@link PathMode#STAGED}. */
    STAGED_FORCED(Path.STAGED),
    /** One window that finds out whether the object store has recovered. */
    STAGED_PROBE(Path.STAGED),
    BELOW_BREAK_EVEN(Path.DIRECT),
    /** No byte of the window would cross a zone, or the zones are not known. */
    NOTHING_SAVED(Path.DIRECT),
    /** Transfer between zones is free of charge. */
    ZONES_FREE(Path.DIRECT),
    /** {@link PathMode#DIRECT}. */
    DIRECT_FORCED(Path.DIRECT),
    /** The breaker of {@link StoreCircuitBreaker} is open. */
    S3_UNHEALTHY(Path.DIRECT),
    /** The writer was at its ceiling of PUTs for too long. */
    WRITER_STALLED(Path.DIRECT);

    /** Where the bytes go. */
    public enum Path {
        STAGED,
        DIRECT
    }

    private final Path path;

    PathDecision(Path path) {
        this.path = path;
    }

    public Path path() {
        return path;
    }
}
