package io.narrows.testing;

import eu.rekawek.toxiproxy.Proxy;
import eu.rekawek.toxiproxy.ToxiproxyClient;
import eu.rekawek.toxiproxy.model.Toxic;
import eu.rekawek.toxiproxy.model.ToxicDirection;
import eu.rekawek.toxiproxy.model.toxic.Bandwidth;
import eu.rekawek.toxiproxy.model.toxic.Latency;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

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

        private static final long UNBOUNDED_KB_PER_SECOND = 1_000_000_000;

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
            delay("latency", oneWay.toMillis());
        }

        @Override
        public void bandwidth(long bytesPerSecond) {
            long kilobytes = Math.max(1, bytesPerSecond / 1000);
            both((direction, name) -> {
                Bandwidth before = find("bandwidth" + name, Bandwidth.class);
                if (before == null) {
                    Toxic unused = proxy.toxics().bandwidth("bandwidth" + name, direction, kilobytes);
                } else {
                    before.setRate(kilobytes);
                }
            });
        }

        @Override
        public void freeze() {
            delay("freeze", FROZEN_MS);
        }

        private void delay(String toxic, long millis) {
            both((direction, name) -> {
                Latency before = find(toxic + name, Latency.class);
                if (before == null) {
                    Toxic unused = proxy.toxics().latency(toxic + name, direction, millis);
                } else {
                    before.setLatency(millis);
                }
            });
        }

        private <T extends Toxic> @Nullable T find(String name, Class<T> kind) throws IOException {
            for (Toxic toxic : proxy.toxics().getAll()) {
                if (toxic.getName().equals(name)) {
                    return kind.cast(toxic);
                }
            }
            return null;
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
                    endToxics();
                } catch (IOException e) {
                    // The server waits in vain for a connection that is stuck in the toxic: without connections it can
                    // not.
                    proxy.disable();
                    endToxics();
                }
                if (!proxy.isEnabled()) {
                    proxy.enable();
                }
            });
        }

        /** The server may wait for ever when it removes one that holds bytes for a client that has gone: these stay. */
        private void endToxics() throws IOException {
            for (Toxic toxic : proxy.toxics().getAll()) {
                if (toxic instanceof Latency latency) {
                    latency.setLatency(0);
                } else if (toxic instanceof Bandwidth bandwidth) {
                    bandwidth.setRate(UNBOUNDED_KB_PER_SECOND);
                } else {
                    toxic.remove();
                }
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
