package io.narrows.cli.cluster;

import io.narrows.relay.SuppressForbidden;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for servers of a test cluster. Stateless; calls block. */
public final class Ready {
    private static final int CONNECT_MS = 500;
    private static final long POLL_MS = 50;

    private Ready() {}

    /** Whether a process accepts connections on this loopback port. */
    public static boolean accepts(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MS);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** True when the condition held within the time. */
    @SuppressForbidden("polls servers in other processes, which cannot call back")
    public static boolean await(Duration atMost, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                return false;
            }
            Thread.sleep(POLL_MS);
        }
        return true;
    }
}
