package io.narrows.testing;

import java.net.InetSocketAddress;
import java.util.stream.Stream;

/**
 * A way to make networks fail. Fault tests are parameterized with {@link #available()} and so run on the proxy in this
 * process and on a real Toxiproxy server.
 */
public interface NetworkFaults {
    /**
     * Opens a link to a server. Throws {@link org.opentest4j.TestAbortedException} with the reason, which reports the test
     * as skipped, when this way is not there on this machine.
     */
    FaultyLink link(InetSocketAddress upstream);

    /** The proxy in this process, then Toxiproxy; usable as {@code @MethodSource} of a parameterized test. */
    static Stream<NetworkFaults> available() {
        return Stream.of(new InProcessFaults(), new ToxiproxyFaults());
    }
}
