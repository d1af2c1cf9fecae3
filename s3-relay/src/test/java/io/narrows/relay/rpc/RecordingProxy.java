package io.narrows.relay.rpc;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** A proxy's listener that keeps what it hears. */
final class RecordingProxy implements RelayConnection.Listener {
    private final Queue<AppendResult> results = new ConcurrentLinkedQueue<>();
    private final Queue<Long> granted = new ConcurrentLinkedQueue<>();
    private volatile @Nullable Throwable closed;

    Queue<AppendResult> results() {
        return results;
    }

    /** Numbers of batches. */
    Queue<Long> granted() {
        return granted;
    }

    /** Why the connection ended, null while it lives. */
    @Nullable
    Throwable closed() {
        return closed;
    }

    @Override
    public void onResult(AppendResult result) {
        results.add(result);
    }

    @Override
    public void onGranted(long number) {
        granted.add(number);
    }

    @Override
    public void onWritable() {}

    @Override
    public void onClosed(Throwable cause) {
        closed = cause;
    }
}
