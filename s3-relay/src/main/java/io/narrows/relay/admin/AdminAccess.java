package io.narrows.relay.admin;

import io.narrows.relay.net.TlsEngines;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who may read the admin endpoint. Immutable; any thread.
 *
 * @param tls null: plain text
 * @param token that {@code Authorization: Bearer} must carry; empty: no authentication
 * @param openPaths that are read without the token, so that probes of an orchestrator need none
 */
public record AdminAccess(@Nullable TlsEngines tls, String token, Set<String> openPaths) {
    private static final String SCHEME = "Bearer ";

    /** Plain text without authentication. */
    public static final AdminAccess OPEN = new AdminAccess(null, "", Set.of());

    public AdminAccess {
        openPaths = Set.copyOf(openPaths);
    }

    /** {@code authorization} is the header's value; null: none. */
    boolean admits(String path, @Nullable String authorization) {
        if (token.isEmpty() || openPaths.contains(path)) {
            return true;
        }
        return authorization != null
                && authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
                && MessageDigest.isEqual(
                        authorization.substring(SCHEME.length()).trim().getBytes(StandardCharsets.UTF_8),
                        token.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String toString() {
        return (tls == null ? "plain text" : "TLS") + (token.isEmpty() ? ", no token" : ", token, open: " + openPaths);
    }
}
