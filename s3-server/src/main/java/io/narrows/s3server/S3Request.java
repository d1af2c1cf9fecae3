package io.narrows.s3server;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The head of a request in path style: {@code /bucket/key?query}. {@code bucket} and {@code key} may be empty. */
record S3Request(HttpMethod method, String bucket, String key, Map<String, List<String>> query, HttpHeaders headers) {
    /** Throws {@link S3Failure} for a target that cannot be decoded or a key that is too long. */
    static S3Request parse(HttpRequest request) {
        QueryStringDecoder decoder = new QueryStringDecoder(request.uri());
        try {
            String path = decoder.path();
            int start = path.startsWith("/") ? 1 : 0;
            int slash = path.indexOf('/', start);
            String bucket = slash < 0 ? path.substring(start) : path.substring(start, slash);
            String key = slash < 0 ? "" : path.substring(slash + 1);
            if (key.getBytes(StandardCharsets.UTF_8).length > ObjectStorage.MAX_KEY_BYTES) {
                throw new S3Failure(S3Error.KEY_TOO_LONG, "the key is longer than 1024 bytes");
            }
            return new S3Request(request.method(), bucket, key, decoder.parameters(), request.headers());
        } catch (IllegalArgumentException e) {
            throw new S3Failure(S3Error.INVALID_ARGUMENT, "malformed request target");
        }
    }

    Operation operation() {
        if (key.isEmpty()) {
            boolean list = method.equals(HttpMethod.GET) && !bucket.isEmpty();
            return list ? Operation.LIST : query.containsKey("delete") ? Operation.DELETE : Operation.OTHER;
        }
        return switch (method.name()) {
            case "PUT" -> Operation.PUT;
            case "GET" -> Operation.GET;
            case "HEAD" -> Operation.HEAD;
            case "DELETE" -> Operation.DELETE;
            default -> Operation.OTHER;
        };
    }

    /** The first value of a query parameter, or the default. */
    String parameter(String name, String otherwise) {
        List<String> values = query.get(name);
        return values == null || values.isEmpty() ? otherwise : values.get(0);
    }

    @Nullable
    String header(CharSequence name) {
        return headers.get(name);
    }

    /** Bytes that a GET of a range asks for; 0 when it does not name both ends. */
    long rangeBytes() {
        String range = header("range");
        return range == null ? 0 : ByteRange.namedLength(range);
    }

    boolean awsChunked() {
        String hash = header("x-amz-content-sha256");
        return hash != null && hash.startsWith("STREAMING-");
    }

    /** Size of the object that a PUT carries; throws {@link S3Failure} when the request does not say. */
    long bodySize() {
        String size = header(awsChunked() ? "x-amz-decoded-content-length" : "content-length");
        try {
            if (size != null && Long.parseLong(size) >= 0) {
                return Long.parseLong(size);
            }
        } catch (NumberFormatException e) {
            throw new S3Failure(S3Error.INVALID_ARGUMENT, "malformed length of the body");
        }
        throw new S3Failure(S3Error.MISSING_LENGTH, "the PUT has no length of its body");
    }
}
