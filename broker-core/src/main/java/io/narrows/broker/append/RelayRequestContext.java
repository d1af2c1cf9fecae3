package io.narrows.broker.append;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import org.apache.kafka.common.network.ClientInformation;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.RequestAndSize;
import org.apache.kafka.common.requests.RequestContext;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/** The context of an end client's Produce request that came through the relay, already parsed. Immutable. */
final class RelayRequestContext extends RequestContext {
    private final ProduceRequest request;
    private final int sizeBytes;

    /** Who the end client is, as the proxy that authenticated it says. */
    record Client(KafkaPrincipal principal, InetAddress address) {}

    /** The listener that the request passes for having come in on. */
    record Listener(ListenerName name, SecurityProtocol protocol) {}

    RelayRequestContext(RequestHeader header, Client client, Listener listener, ProduceRequest request, int sizeBytes) {
        super(
                header,
                "relay",
                client.address(),
                client.principal(),
                listener.name(),
                listener.protocol(),
                ClientInformation.EMPTY,
                false);
        this.request = request;
        this.sizeBytes = sizeBytes;
    }

    /** Nothing is serialized, so there is nothing to parse. */
    @Override
    public RequestAndSize parseRequest(ByteBuffer unused) {
        return new RequestAndSize(request, sizeBytes);
    }
}
