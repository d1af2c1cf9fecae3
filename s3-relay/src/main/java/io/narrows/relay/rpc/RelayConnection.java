package io.narrows.relay.rpc;

/** A proxy's live connection to one leader, owned by the loop it was opened with. */
public interface RelayConnection {
    HelloReply peer();

    /** Sends the request. Consumes it, also when the connection is closed by then; its results then never come. */
    void send(AppendRequest request);

    /** False while the socket's buffer is full; {@link Listener#onWritable} tells when to go on. */
    boolean isWritable();

    /** Closes the connection; {@link Listener#onClosed} follows. */
    void close();

    /** Called on the loop the connection was opened with. */
    interface Listener {
        void onResult(AppendResult result);

        void onWritable();

        /** Last call: what has no result by now will never get one. */
        void onClosed(Throwable cause);
    }
}
