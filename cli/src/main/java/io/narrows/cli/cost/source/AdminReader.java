package io.narrows.cli.cost.source;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** Reads admin endpoints of proxies and brokers. Used by one thread, which blocks. */
public final class AdminReader {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final int OK = 200;
    private static final int UNAUTHORIZED = 401;

    private final String token;
    private final HttpClient http;

    /**
     * {@code token} is sent as {@code Authorization: Bearer}; empty: none. {@code certificates} is a PEM file of those
     * that https endpoints may have, or of their authority; null: what Java trusts. Throws
     * {@link IllegalArgumentException} for a file that has none.
     */
    public AdminReader(String token, @Nullable Path certificates) {
        this.token = token;
        HttpClient.Builder builder = HttpClient.newBuilder().connectTimeout(TIMEOUT);
        if (certificates != null) {
            builder.sslContext(trusting(certificates));
        }
        this.http = builder.build();
    }

    private static SSLContext trusting(Path certificates) {
        try (InputStream in = Files.newInputStream(certificates)) {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                trusted.setCertificateEntry("trusted-" + trusted.size(), each);
            }
            if (trusted.size() == 0) {
                throw new IllegalArgumentException(certificates + " contains no certificate: name a PEM file");
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalArgumentException(
                    "cannot read certificates of " + certificates + ": " + e.getMessage(), e);
        }
    }

    /** {@code address} is host:port, or https://host:port. */
    String metrics(String address) throws IOException, InterruptedException {
        HttpRequest.Builder request;
        try {
            request = HttpRequest.newBuilder(
                            URI.create((address.contains("://") ? address : "http://" + address) + "/metrics"))
                    .timeout(TIMEOUT);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "'" + address + "' is not a metrics endpoint: write host:port or https://host:port", e);
        }
        if (!token.isEmpty()) {
            request.header("Authorization", "Bearer " + token);
        }
        HttpResponse<String> response;
        try {
            response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new IOException(
                    "no metrics at " + address
                            + ": is admin.listener (proxy) or narrows.admin.listener (broker) set, and"
                            + " reachable from here? With TLS write https://host:port. " + e,
                    e);
        }
        if (response.statusCode() == UNAUTHORIZED) {
            throw new IOException(
                    address + " requires a token: name the file that contains it with --admin-token-file");
        } else if (response.statusCode() != OK) {
            throw new IOException(address + " responded to /metrics with status " + response.statusCode());
        }
        return response.body();
    }
}
