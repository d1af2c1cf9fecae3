package io.narrows.testing;

import eu.rekawek.toxiproxy.ToxiproxyClient;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.utility.DockerImageName;

/**
 * The Toxiproxy server of this process: what NARROWS_TOXIPROXY_SERVER names (host:port of a running one, or the path of the
 * program), else {@code toxiproxy-server} on the PATH, else a container where Docker runs. Looked for once; a program or
 * container started here ends with this process.
 */
final class ToxiproxyServer {
    private static final String VARIABLE = "NARROWS_TOXIPROXY_SERVER";
    private static final String PROGRAM = "toxiproxy-server";
    private static final String IMAGE = "ghcr.io/shopify/toxiproxy:2.12.0";
    private static final Pattern HOST_AND_PORT = Pattern.compile("([^/\\\\:]+):([0-9]{1,5})");
    private static final Duration START_LIMIT = Duration.ofSeconds(20);

    private ToxiproxyServer() {}

    /** A client of the server; throws {@link TestAbortedException} with the reason when there is none. */
    static ToxiproxyClient client() {
        Found found = Holder.FOUND;
        if (found.client() == null) {
            throw new TestAbortedException(found.reason());
        }
        return found.client();
    }

    private static Found find() {
        try {
            String named = System.getenv(VARIABLE);
            if (named != null && HOST_AND_PORT.matcher(named).matches()) {
                int colon = named.indexOf(':');
                return reached(named.substring(0, colon), Integer.parseInt(named.substring(colon + 1)));
            }
            Path program = named == null ? onPath() : Path.of(named);
            if (program != null) {
                return start(program);
            }
            if (mayHaveDocker() && DockerClientFactory.instance().isDockerAvailable()) {
                return startContainer();
            }
            return Found.missing(
                    "no Toxiproxy: neither " + VARIABLE + " nor " + PROGRAM + " on the PATH, and no Docker");
        } catch (IOException | RuntimeException e) {
            return Found.missing("Toxiproxy does not start: " + e);
        }
    }

    private static Found start(Path program) throws IOException {
        int port = FreePorts.take();
        Process process = new ProcessBuilder(program.toString(), "-host", "127.0.0.1", "-port", Integer.toString(port))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroy, "toxiproxy-stop"));
        return reached("127.0.0.1", port);
    }

    /** On the host's network, so that the server reaches what tests start on the loopback interface. */
    @SuppressWarnings("resource") // Testcontainers removes it when the process ends.
    private static Found startContainer() throws IOException {
        int port = FreePorts.take();
        GenericContainer<?> container = new GenericContainer<>(DockerImageName.parse(IMAGE))
                .withNetworkMode("host")
                .withCommand("-host", "127.0.0.1", "-port", Integer.toString(port));
        container.start();
        return reached("127.0.0.1", port);
    }

    private static Found reached(String host, int port) {
        ToxiproxyClient client = new ToxiproxyClient(host, port);
        try {
            Await.until("Toxiproxy on " + host + ":" + port, START_LIMIT, () -> answers(client));
            return new Found(client, "");
        } catch (AssertionError e) {
            return Found.missing("Toxiproxy does not answer on " + host + ":" + port);
        }
    }

    private static boolean answers(ToxiproxyClient client) {
        try {
            return !client.version().isEmpty();
        } catch (IOException | RuntimeException e) {
            return false;
        }
    }

    /** A look before Testcontainers asks, which takes its time and logs errors where there is none. */
    private static boolean mayHaveDocker() {
        return System.getenv("DOCKER_HOST") != null || Files.exists(Path.of("/var/run/docker.sock"));
    }

    private static @Nullable Path onPath() {
        String path = System.getenv("PATH");
        for (String directory : path == null ? new String[0] : path.split(File.pathSeparator, -1)) {
            Path program = Path.of(directory.isEmpty() ? "." : directory, PROGRAM);
            if (Files.isExecutable(program)) {
                return program;
            }
        }
        return null;
    }

    private record Found(@Nullable ToxiproxyClient client, String reason) {
        static Found missing(String reason) {
            return new Found(null, reason);
        }
    }

    /** Looks for the server when it is first needed. */
    private static final class Holder {
        private static final Found FOUND = find();
    }
}
