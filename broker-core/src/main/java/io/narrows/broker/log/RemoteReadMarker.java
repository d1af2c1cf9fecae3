package io.narrows.broker.log;

/**
 * Remembers, for the calling thread, that a consumer read was left to the asynchronous door. When a fetch that waited for
 * {@code fetch.min.bytes} completes, stock code reads again and ignores what that door is asked for, so the answer would
 * be empty; our replica manager sees the mark and fetches once more.
 */
public final class RemoteReadMarker {
    private static final ThreadLocal<Boolean> OPEN = ThreadLocal.withInitial(() -> false);

    private RemoteReadMarker() {}

    static void mark() {
        OPEN.set(true);
    }

    public static void forget() {
        OPEN.remove();
    }

    /** Whether there is a mark, which is then gone. */
    public static boolean take() {
        boolean open = Boolean.TRUE.equals(OPEN.get());
        OPEN.remove();
        return open;
    }
}
