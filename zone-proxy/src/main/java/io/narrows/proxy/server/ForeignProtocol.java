package io.narrows.proxy.server;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;

/** Recognises what people connect to a Kafka port by mistake, for a log line that helps. */
final class ForeignProtocol {
    private static final Set<String> HTTP_STARTS =
            Set.of("GET ", "HEAD", "POST", "PUT ", "DELE", "OPTI", "PATC", "CONN", "TRAC", "PRI ", "HTTP");
    private static final byte TLS_HANDSHAKE = 0x16;
    private static final byte TLS_MAJOR_VERSION = 0x03;

    private ForeignProtocol() {}

    /** Looks at the first four bytes. */
    static Optional<String> describe(byte[] start) {
        if (start[0] == TLS_HANDSHAKE && start[1] == TLS_MAJOR_VERSION) {
            return Optional.of(
                    "a TLS hello on a plaintext listener: use its SSL listener, or security.protocol=PLAINTEXT"
                            + " in the client");
        }
        String text = new String(start, 0, 4, StandardCharsets.ISO_8859_1);
        return HTTP_STARTS.contains(text)
                ? Optional.of("an HTTP request on a Kafka listener: the admin endpoint has its own port")
                : Optional.empty();
    }
}
