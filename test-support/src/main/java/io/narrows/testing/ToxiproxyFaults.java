package io.narrows.testing;

import eu.rekawek.toxiproxy.Proxy;
import eu.rekawek.toxiproxy.ToxiproxyClient;
import eu.rekawek.toxiproxy.model.Toxic;
import eu.rekawek.toxiproxy.model.ToxicDirection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** Faults by a real Toxiproxy server, see {@link ToxiproxyServer} for where it comes from. */
final class ToxiproxyFaults implements NetworkFaults {
    private static final AtomicInteger LINKS = new AtomicInteger();

    @Override
    public FaultyLink link(InetSocketAddress upstream) {
        ToxiproxyClient client = ToxiproxyServer.client();
        String name = "narrows-" + ProcessHandle.current().pid() + "-" + LINKS.incrementAndGet();
        try {
            String target = upstream.getAddress().getHostAddress() + ":" + upstream.getPort();
            return new Link(client.createProxy(name, "127.0.0.1:0", target));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String toString() {
        return "toxiproxy";
    }

    private static final class Link implements FaultyLink {
        /** A delay that no test outlives: unlike the timeout toxic it loses nothing when it is taken away. */
        private static final long FROZEN_MS = Duration.ofHours(1).toMillis();

        private final Proxy proxy;
        private final InetSocketAddress address;

        Link(Proxy proxy) {
            this.proxy = proxy;
            String listen = proxy.getListen();
            this.address = new InetSocketAddress(
                    InetAddress.getLoopbackAddress(), Integer.parseInt(listen.substring(listen.lastIndexOf(':') + 1)));
        }

        @Override
        public InetSocketAddress address() {
            return address;
        }

        @Override
        public void latency(Duration oneWay) {
            both((direction, name) -> proxy.toxics().latency("latency" + name, direction, oneWay.toMillis()));
        }

        @Override
        public void bandwidth(long bytesPerSecond) {
            both((direction, name) ->
                    proxy.toxics().bandwidth("bandwidth" + name, direction, Math.max(1, bytesPerSecond / 1000)));
        }

        @Override
        public void freeze() {
            both((direction, name) -> proxy.toxics().latency("freeze" + name, direction, FROZEN_MS));
        }

        @Override
        public void reset() {
            both((direction, name) -> proxy.toxics().resetPeer("reset" + name, direction, 0));
        }

        @Override
        public void disconnect() {
            unchecked(() -> {
                proxy.disable();
                proxy.enable();
            });
        }

        @Override
        public void refuse() {
            unchecked(proxy::disable);
        }

        @Override
        public void restore() {
            unchecked(() -> {
                try {
                    removeToxics();
                } catch (IOException e) {
                    // The server waits in vain for a connection that is stuck in the toxic: without connections it can
                    // not.
                    proxy.disable();
                    removeToxics();
                }
                if (!proxy.isEnabled()) {
                    proxy.enable();
                }
            });
        }

        private void removeToxics() throws IOException {
            for (Toxic toxic : proxy.toxics().getAll()) {
                toxic.remove();
            }
        }

        @Override
        public void close() {
            unchecked(proxy::delete);
        }

        private static void both(Fault fault) {
            unchecked(() -> {
                fault.apply(ToxicDirection.UPSTREAM, "-up");
                fault.apply(ToxicDirection.DOWNSTREAM, "-down");
            });
        }

        private static void unchecked(Call call) {
            try {
                call.run();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @FunctionalInterface
    private interface Fault {
        void apply(ToxicDirection direction, String name) throws IOException;
    }

    @FunctionalInterface
    private interface Call {
        void run() throws IOException;
    }
}
