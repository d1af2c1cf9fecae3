package io.narrows.relay.store;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Signs requests with AWS's signature version 4 in a header, as far as requests for one object need it: the path needs no
 * encoding, there is no query, and what the body hashes to is said by the caller. The key that a day's requests are signed
 * with is made once. Thread-safe.
 */
final class Signature {
    /** The hash of no body. */
    static final String NO_BODY = hex(sha256(new byte[0]));
    /** Instead of a hash: the body is not signed. */
    static final String UNSIGNED_BODY = "UNSIGNED-PAYLOAD";

    private static final String ALGORITHM = "AWS4-HMAC-SHA256";
    private static final String LAST_PART_OF_SCOPE = "aws4_request";
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final int DATE_LENGTH = 8;

    private final String region;
    private final String service;
    private volatile @Nullable DayKey latest;

    Signature(String region, String service) {
        this.region = region;
        this.service = service;
    }

    /** Who signs. */
    record Identity(
            String accessKey, String secretKey, @Nullable String sessionToken) {
        @Override
        public String toString() {
            return "Identity[" + accessKey + "]";
        }
    }

    /** What is signed. Headers by their names in lower case, the host among them. */
    record Request(String method, String path, Map<String, String> headers, String bodyHash) {}

    private record DayKey(String date, String secretKey, SecretKeySpec key) {
        @Override
        public String toString() {
            return "DayKey[" + date + "]";
        }
    }

    /** All headers of the request, those of the signature with them. */
    SortedMap<String, String> signed(Request request, Identity identity, Instant now) {
        String time = TIME.format(now);
        SortedMap<String, String> headers = new TreeMap<>(request.headers());
        headers.put("x-amz-date", time);
        headers.put("x-amz-content-sha256", request.bodyHash());
        if (identity.sessionToken() != null) {
            headers.put("x-amz-security-token", identity.sessionToken());
        }
        String names = String.join(";", headers.keySet());
        StringBuilder canonical = new StringBuilder(512)
                .append(request.method())
                .append('\n')
                .append(request.path())
                .append("\n\n");
        headers.forEach((name, value) ->
                canonical.append(name).append(':').append(value).append('\n'));
        canonical.append('\n').append(names).append('\n').append(request.bodyHash());
        String date = time.substring(0, DATE_LENGTH);
        String scope = date + "/" + region + "/" + service + "/" + LAST_PART_OF_SCOPE;
        String toSign = ALGORITHM + "\n" + time + "\n" + scope + "\n" + hex(sha256(ascii(canonical.toString())));
        String signature = hex(hmac(key(date, identity.secretKey()), toSign));
        headers.put(
                "authorization",
                ALGORITHM + " Credential=" + identity.accessKey() + "/" + scope + ", SignedHeaders=" + names
                        + ", Signature=" + signature);
        return headers;
    }

    private SecretKeySpec key(String date, String secretKey) {
        DayKey known = latest;
        if (known == null || !known.date().equals(date) || !known.secretKey().equals(secretKey)) {
            SecretKeySpec key = hmacKey(ascii("AWS4" + secretKey));
            for (String part : new String[] {date, region, service, LAST_PART_OF_SCOPE}) {
                key = hmacKey(hmac(key, part));
            }
            known = new DayKey(date, secretKey, key);
            latest = known;
        }
        return known.key();
    }

    private static SecretKeySpec hmacKey(byte[] bytes) {
        return new SecretKeySpec(bytes, "HmacSHA256");
    }

    private static byte[] hmac(SecretKeySpec key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            return mac.doFinal(ascii(text));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has HmacSHA256", e);
        }
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
