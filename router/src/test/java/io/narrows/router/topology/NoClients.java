package io.narrows.router.topology;

import io.narrows.router.upstream.ClientUpstream;
import io.narrows.router.upstream.Upstream;
import io.netty.channel.EventLoop;
import org.apache.kafka.common.protocol.ApiKeys;

/** Brokers as the topology uses them: in every version, and on no client's connections. Subclasses respond. */
abstract class NoClients implements Upstream {
    @Override
    public final ClientUpstream forClient(EventLoop clientLoop, String client) {
        throw new AssertionError("the topology opened connections for client " + client);
    }

    @Override
    public final VersionRange versions(ApiKeys api) {
        return new VersionRange((short) 0, api.latestVersion());
    }

    @Override
    public final void close() {}
}
