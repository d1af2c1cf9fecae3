package io.narrows.bench.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/** Ports that were free a moment ago. Stateless. */
final class FreePorts {
    private static final int BASE_ATTEMPTS = 100;

    private FreePorts() {}

    /** Distinct ports: all are held before the first is given back. */
    static List<Integer> take(int count) {
        List<ServerSocket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            }
            return sockets.stream().map(ServerSocket::getLocalPort).toList();
        } catch (IOException e) {
            throw new UncheckedIOException("no free port on the loopback interface", e);
        } finally {
            sockets.forEach(FreePorts::close);
        }
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
