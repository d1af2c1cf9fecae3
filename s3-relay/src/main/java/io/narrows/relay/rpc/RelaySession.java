package io.narrows.relay.rpc;

import java.net.InetSocketAddress;
import java.util.Optional;
import javax.net.ssl.SSLSession;

/** The leader's side of one relay connection. May be called from any thread. */
public interface RelaySession {
    InetSocketAddress remoteAddress();

    /** With the peer's certificate, if it had to show one; empty without TLS. */
    Optional<SSLSession> tls();

    /** Sends results; dropped when the connection is gone. */
    void reply(AppendResult result);

    /** There is memory for the announced batch. Ignored if the batch was withdrawn meanwhile. */
    void grant(long number);

    /** Stops or goes on reading from the socket: how a leader at its memory bound pushes back. */
    void reading(ReadMode mode);

    void close();

    boolean isOpen();

    /** Whether the socket is read. */
    enum ReadMode {
        PAUSED,
        FLOWING
    }

    /** What the leader does with the messages of a connection; called on the connection's event loop. */
    interface Handler {
        /** Decides about a Hello; an accepted session may append from then on. */
        HelloReply onHello(RelaySession session, Hello hello);

        /** Takes over the request and its buffers. */
        void onAppend(RelaySession session, AppendRequest request);

        /** A batch is to come in parts as soon as {@link RelaySession#grant} says so; one at a time for each session. */
        void onAnnounce(RelaySession session, long number, int batchBytes);

        /** The announced batch will not come, whether it was granted or not. */
        void onWithdraw(RelaySession session, long number);

        void onClosed(RelaySession session);
    }
}
