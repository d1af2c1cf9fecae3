package io.narrows.relay.wal;

/**
 * Learns whether it is true that nothing more comes before producers have their answers. A window that is closed because
 * nothing comes was a good guess when little does until its object is written: then producers did wait. When much does,
 * the window would have caught it, and was closed for one request more; so the next windows are held as long as they may,
 * one after the first bad guess, twice as many after each further one. Owned by the window's loop.
 */
final class IdleCloseHeuristic {
    /** What comes may be this part of what was closed. */
    private static final int LITTLE = 4;

    private static final int MAX_PAUSE = 16;

    private long closedBytes;
    private long cameBytes;
    private int pause;
    private int pauseLeft;

    boolean isAllowed() {
        return pauseLeft == 0;
    }

    void onCame(long bytes) {
        cameBytes += bytes;
    }

    /** A window was closed, on this guess or not. */
    void onClose(boolean guessed, long bytes) {
        if (pauseLeft > 0) {
            pauseLeft--;
        }
        judge();
        closedBytes = guessed ? bytes : 0;
        cameBytes = 0;
    }

    /** An object is written: its producers are about to have their answers. */
    void onWritten() {
        judge();
    }

    private void judge() {
        if (closedBytes > 0) {
            boolean good = cameBytes < closedBytes / LITTLE;
            pause = good ? 0 : Math.min(MAX_PAUSE, Math.max(1, 2 * pause));
            pauseLeft = pause;
            closedBytes = 0;
        }
    }
}
