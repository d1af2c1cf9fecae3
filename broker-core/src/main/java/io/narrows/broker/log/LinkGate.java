package io.narrows.broker.log;

/** Says whether links may be appended now. Asked under a log's lock, so it never blocks. */
public interface LinkGate {
    /** Whether the cluster may hold links at all. */
    boolean open();

    /** Whether new batches of this topic may become links. */
    boolean open(String topic);
}
