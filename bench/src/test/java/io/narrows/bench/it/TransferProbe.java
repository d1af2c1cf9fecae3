package io.narrows.bench.it;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URISyntaxException;
import java.nio.file.Path;

/** Sends so many bytes over TCP, or receives until the end: started in namespaces by {@link ZoneNetworkIT}. */
final class TransferProbe {
    private static final int PORT = 7000;
    private static final int ATTEMPTS = 100;

    private TransferProbe() {}

    public static void main(String[] args) throws Exception {
        InetSocketAddress address = new InetSocketAddress(args[1], PORT);
        if (args[0].equals("receive")) {
            try (ServerSocket server = new ServerSocket()) {
                server.bind(address);
                try (Socket socket = server.accept();
                        InputStream in = socket.getInputStream()) {
                    in.transferTo(OutputStream.nullOutputStream());
                }
            }
            return;
        }
        try (Socket socket = connect(address);
                OutputStream out = socket.getOutputStream()) {
            byte[] block = new byte[64 << 10];
            for (long left = Long.parseLong(args[2]); left > 0; left -= block.length) {
                out.write(block, 0, (int) Math.min(left, block.length));
            }
        }
    }

    /** The receiver may still be starting. */
    private static Socket connect(InetSocketAddress address) throws IOException, InterruptedException {
        for (int attempt = 1; ; attempt++) {
            Socket socket = new Socket();
            try {
                socket.connect(address, 1_000);
                return socket;
            } catch (ConnectException e) {
                socket.close();
                if (attempt == ATTEMPTS) {
                    throw e;
                }
                Thread.sleep(100);
            }
        }
    }

    static String classPath() {
        try {
            return Path.of(TransferProbe.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
