package io.narrows.relay.net;

import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslHandler;
import java.net.InetSocketAddress;
import javax.net.ssl.SSLEngine;

/**
 * Makes the TLS engines of one kind of connection, client or server. An engine for a client checks the peer's
 * certificate against {@code host}, unless the configuration says otherwise. Any thread.
 */
@FunctionalInterface
public interface TlsEngines {
    SSLEngine engine(String host, int port);

    /** Puts TLS into the pipeline, at its present end, of a connection with {@code peer}. */
    default void addTo(SocketChannel channel, InetSocketAddress peer) {
        channel.pipeline().addLast(new SslHandler(engine(peer.getHostString(), peer.getPort())));
    }
}
