package io.narrows.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every fault on every implementation, against a server that echoes. */
@ExtendWith(LeakDetection.class)
final class NetworkFaultsTest {
    private static final String AVAILABLE = "io.narrows.testing.NetworkFaults#available";

    private ServerSocket echo;

    @BeforeEach
    void startEcho() throws IOException {
        echo = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread acceptor = new Thread(this::accept, "echo-acceptor");
        acceptor.setDaemon(true);
        acceptor.start();
    }

    @AfterEach
    void stopEcho() throws IOException {
        echo.close();
    }

    @ParameterizedTest
    @MethodSource(AVAILABLE)
    void bytesPassUnchanged(NetworkFaults faults) throws IOException {
        try (FaultyLink link = link(faults);
                Socket socket = connect(link)) {
            byte[] sent = new byte[3_000_000];
            new Random(1).nextBytes(sent);
            Thread sender = new Thread(() -> write(socket, sent));
            sender.start();

            assertThat(socket.getInputStream().readNBytes(sent.length)).isEqualTo(sent);
        }
    }

    @ParameterizedTest
    @MethodSource(AVAILABLE)
    void latencyDelaysBothDirections(NetworkFaults faults) throws IOException {
        try (FaultyLink link = link(faults);
                Socket socket = connect(link)) {
            echoed(socket, 1);
            link.latency(Duration.ofMillis(50));
            long start = System.nanoTime();

            echoed(socket, 2);

            assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(99_000_000L);
            link.restore();
            echoed(socket, 3);
        }
    }

    @ParameterizedTest
    @MethodSource(AVAILABLE)
    void bandwidthSlowsDown(NetworkFaults faults) throws IOException {
        try (FaultyLink link = link(faults);
                Socket socket = connect(link)) {
            link.bandwidth(200_000);
            long start = System.nanoTime();

            write(socket, new byte[60_000]);
            socket.getInputStream().readNBytes(60_000);

            assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(250_000_000L);
        }
    }

    @ParameterizedTest
    @MethodSource(AVAILABLE)
    void frozenLinkHoldsBytesBackAndLosesNone(NetworkFaults faults) throws IOException {
        try (FaultyLink link = link(faults);
                Socket socket = connect(link)) {
            echoed(socket, 1);
            link.freeze();
            write(socket, new byte[] {7});
            socket.setSoTimeout(100);

            assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
            link.restore();
            socket.setSoTimeout(10_000);
            assertThat(socket.getInputStream().read()).isEqualTo(7);
        }
    }

    @ParameterizedTest
    @MethodSource(AVAILABLE)
    void resetReachesOpenAndNewConnections(NetworkFaults faults) throws IOException {
        try (FaultyLink link = link(faults);
                Socket open = connect(link)) {
            echoed(open, 1);

            link.reset();

            assertThatThrownBy(() -> exchangeUntilItFails(open)).isInstanceOf(SocketException.class);
            assertThatThrownBy(() -> {
                        try (Socket fresh = connect(link)) {
                            exchangeUntilItFails(fresh);
                        }
                    })
                    .isInstanceOf(SocketException.class);
            link.restore();
            try (Socket fresh = connect(link)) {
                echoed(fresh, 2);
            }
        }
    }

    @ParameterizedTest
    @MethodSource(AVAILABLE)
    void disconnectEndsWhatIsOpenOnly(NetworkFaults faults) throws IOException {
        try (FaultyLink link = link(faults);
                Socket open = connect(link)) {
            echoed(open, 1);

            link.disconnect();

            assertThat(open.getInputStream().read()).isEqualTo(-1);
            try (Socket fresh = connect(link)) {
                echoed(fresh, 2);
            }
        }
    }

    @ParameterizedTest
    @MethodSource(AVAILABLE)
    void refusedUntilRestoredOnTheSamePort(NetworkFaults faults) throws IOException {
        try (FaultyLink link = link(faults)) {
            link.refuse();

            assertThatThrownBy(() -> connect(link)).isInstanceOf(ConnectException.class);
            link.restore();
            try (Socket fresh = connect(link)) {
                echoed(fresh, 2);
            }
        }
    }

    private FaultyLink link(NetworkFaults faults) {
        return faults.link((InetSocketAddress) echo.getLocalSocketAddress());
    }

    private static Socket connect(FaultyLink link) throws IOException {
        Socket socket = new Socket(link.address().getAddress(), link.address().getPort());
        socket.setSoTimeout(10_000);
        socket.setTcpNoDelay(true);
        return socket;
    }

    private static void echoed(Socket socket, int octet) throws IOException {
        socket.getOutputStream().write(octet);
        assertThat(socket.getInputStream().read()).isEqualTo(octet);
    }

    private static void exchangeUntilItFails(Socket socket) throws IOException {
        for (int i = 0; i < 1_000; i++) {
            socket.getOutputStream().write(i);
            if (socket.getInputStream().read() < 0) {
                throw new SocketException("closed");
            }
        }
    }

    private static void write(Socket socket, byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void accept() {
        while (!echo.isClosed()) {
            try {
                Socket socket = echo.accept();
                Thread thread = new Thread(() -> echo(socket), "echo");
                thread.setDaemon(true);
                thread.start();
            } catch (IOException e) {
                return;
            }
        }
    }

    private static void echo(Socket socket) {
        try (socket) {
            InputStream in = socket.getInputStream();
            byte[] buffer = new byte[64 << 10];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                socket.getOutputStream().write(buffer, 0, read);
            }
        } catch (IOException e) {
            // The other side is gone, which is what these tests are about.
        }
    }
}
