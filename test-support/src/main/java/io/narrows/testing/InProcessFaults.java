package io.narrows.testing;

import java.net.InetSocketAddress;

/** Faults by {@link TcpFaultProxy}; always there. */
final class InProcessFaults implements NetworkFaults {
    @Override
    public FaultyLink link(InetSocketAddress upstream) {
        return TcpFaultProxy.to(upstream);
    }

    @Override
    public String toString() {
        return "in-process";
    }
}
