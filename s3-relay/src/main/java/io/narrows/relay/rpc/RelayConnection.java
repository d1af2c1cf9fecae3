package io.narrows.relay.rpc;

import io.netty.buffer.ByteBuf;

/** A proxy's live connection to one leader, owned by the loop it was opened with. */
public interface RelayConnection {
    HelloReply peer();

    /**
     * Sends the request. Consumes it, also when the connection is closed by then; its results then never come. When it
     * throws, nothing was sent.
     */
    void send(AppendRequest request);

    /**
     * Asks the leader for the memory for a batch that will come in parts, the only one at a time; {@link
     * Listener#onGranted} follows. Borrows the batch.
     *
     * @param number of the batch, greater than those before it on the connection
     */
    void announce(long number, ByteBuf batch);

    /** The announced batch will not come. Only before its first part. */
    void withdraw(long number);

    /**
     * Sends the next bytes of the batch that the leader has granted; the Append with its entry follows the last ones.
     * Consumes the part; when it throws, nothing was sent.
     */
    void sendPart(ByteBuf part);

    /** False while the socket's buffer is full; {@link Listener#onWritable} tells when to go on. */
    boolean isWritable();

    /** Closes the connection; {@link Listener#onClosed} follows. */
    void close();

    /** Called on the loop the connection was opened with. */
    interface Listener {
        void onResult(AppendResult result);

        /** The parts of the batch may be sent. */
        void onGranted(long number);

        void onWritable();

        /** Last call: what has no result by now will never get one. */
        void onClosed(Throwable cause);
    }
}
