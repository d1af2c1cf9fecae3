package io.narrows.relay.memory;

/** Who takes memory and gives it back. Any thread. */
public interface Payer {
    /** Takes the bytes when it may; {@code onEntered} then runs, on the thread that made room. */
    ClientMemory.Waiter enterLater(long bytes, Runnable onEntered);

    void leave(long bytes);
}
