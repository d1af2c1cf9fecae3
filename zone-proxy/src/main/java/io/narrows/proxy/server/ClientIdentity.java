package io.narrows.proxy.server;

import io.narrows.proxy.api.Client;
import io.narrows.proxy.metadata.Endpoint;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SslAuthenticationContext;
import org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder;

/** Names the clients of a listener as a broker would: by their certificate, otherwise ANONYMOUS. Any thread. */
final class ClientIdentity {
    private final Listener listener;
    private final Endpoint advertised;
    private final DefaultKafkaPrincipalBuilder principals;

    ClientIdentity(Listener listener, Endpoint advertised, DefaultKafkaPrincipalBuilder principals) {
        this.listener = listener;
        this.advertised = advertised;
        this.principals = principals;
    }

    Client of(Channel channel) {
        InetAddress address = addressOf(channel.remoteAddress());
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        KafkaPrincipal principal = tls == null
                ? KafkaPrincipal.ANONYMOUS
                : principals.build(new SslAuthenticationContext(tls.engine().getSession(), address, listener.name()));
        return new Client(
                principal.getPrincipalType(),
                principal.getName(),
                address.getHostAddress(),
                advertised,
                "",
                listener.brokerPorts().means(),
                listener.name());
    }

    private static InetAddress addressOf(SocketAddress address) {
        return address instanceof InetSocketAddress internet && internet.getAddress() != null
                ? internet.getAddress()
                : InetAddress.getLoopbackAddress();
    }
}
