package io.narrows.cli.cluster;

import io.narrows.relay.SuppressForbidden;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
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
    private static final int BASE_ATTEMPTS = 100;
    private static final Random RANDOM = new Random();

    private FreePorts() {}

    /** Distinct ports: all are held before the first is given back. */
    public static List<Integer> take(int count) {
        List<ServerSocket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                sockets.add(open());
            }
            return sockets.stream().map(ServerSocket::getLocalPort).toList();
        } finally {
            sockets.forEach(FreePorts::close);
        }
    }

    private static ServerSocket open() {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            try {
                return new ServerSocket(FIRST + RANDOM.nextInt(COUNT), 1, InetAddress.getLoopbackAddress());
            } catch (IOException taken) {
                // Another one, then.
            }
        }
        throw new IllegalStateException("no free port on the loopback interface");
    }

    /** A port below {@code count} free ones in a row. */
    static int base(int count) {
        for (int attempt = 0; attempt < BASE_ATTEMPTS; attempt++) {
            int base = take(1).get(0);
            if (areFree(base + 1, count)) {
                return base;
            }
        }
        throw new IllegalStateException("no " + count + " free ports in a row on the loopback interface");
    }

    private static boolean areFree(int first, int count) {
        List<ServerSocket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                sockets.add(new ServerSocket(first + i, 1, InetAddress.getLoopbackAddress()));
            }
            return true;
        } catch (IOException e) {
            return false;
        } finally {
            sockets.forEach(FreePorts::close);
        }
    }

    private static void close(ServerSocket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
