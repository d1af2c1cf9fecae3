package io.narrows.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Random;

/**
 * Ports that were free a moment ago, below those that Linux and others give to outgoing connections: one of these may be
 * gone by the time a server binds to it. Stateless.
 */
@SuppressForbidden("two processes that look for ports must not look at the same ones")
public final class FreePorts {
    private static final int FIRST = 15_000;
    private static final int COUNT = 17_000;
    private static final int ATTEMPTS = 1_000;
    private static final Random RANDOM = new Random();

    private FreePorts() {}

    public static int take() {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            int port = FIRST + RANDOM.nextInt(COUNT);
            if (isFree(port)) {
                return port;
            }
        }
        throw new IllegalStateException("no free port on the loopback interface");
    }

    private static boolean isFree(int port) {
        try {
            new ServerSocket(port, 1, InetAddress.getLoopbackAddress()).close();
            return true;
        } catch (IOException taken) {
            return false;
        }
    }
}
