package io.narrows.proxy.server;

import io.narrows.proxy.metadata.Endpoint;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One address that clients connect to.
 *
 * @param port 0 binds a free one
 * @param advertised what clients are told; null: the bound port on the bind address's host
 * @param sslConfigs Kafka's {@code ssl.*} settings for a listener with TLS, empty for plaintext
 */
public record Listener(
        String name, String host, int port, @Nullable Endpoint advertised, Optional<Map<String, ?>> sslConfigs) {}
