package io.narrows.s3server;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/** What each request of the protocol means for the storage. Without state of its own; any event loop may call it. */
final class S3Service {
    private static final DateTimeFormatter HTTP_DATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    private final ObjectStorage storage;

    S3Service(ObjectStorage storage) {
        this.storage = storage;
    }

    /** Opens the exchange for a request; throws {@link S3Failure} when the head alone says that it must be refused. */
    Exchange open(S3Request request) {
        if (request.bucket().isEmpty()) {
            requireMethod(request, HttpMethod.GET);
            return Exchange.withoutBody(
                    () -> () -> Answer.xml(HttpResponseStatus.OK, S3Xml.buckets(storage.bucketNames())));
        }
        return request.key().isEmpty() ? openBucket(request) : openObject(request);
    }

    private Exchange openBucket(S3Request request) {
        return switch (request.method().name()) {
            case "PUT" ->
                Exchange.withoutBody(() -> {
                    storage.createBucket(request.bucket());
                    return () -> Answer.empty(HttpResponseStatus.OK, Map.of("location", "/" + request.bucket()));
                });
            case "HEAD" ->
                Exchange.withoutBody(() -> {
                    storage.objects(request.bucket());
                    return () -> Answer.empty(HttpResponseStatus.OK, Map.of());
                });
            case "GET" -> {
                ObjectPage.Query query = ObjectPage.Query.of(request);
                yield Exchange.withoutBody(() -> () -> Answer.xml(
                        HttpResponseStatus.OK,
                        S3Xml.listing(ObjectPage.collect(query, storage.objects(request.bucket())))));
            }
            case "POST" -> {
                if (!request.query().containsKey("delete")) {
                    throw notImplemented(request);
                }
                yield new Exchange.Small(request, body -> deleteAll(request, body));
            }
            default -> throw notImplemented(request);
        };
    }

    private Exchange openObject(S3Request request) {
        if (request.query().containsKey("uploadId") || request.query().containsKey("uploads")) {
            throw notImplemented(request);
        }
        return switch (request.method().name()) {
            case "PUT" -> {
                if (request.header("x-amz-copy-source") != null) {
                    throw notImplemented(request);
                }
                storage.objects(request.bucket());
                yield new Exchange.Put(
                        storage, request, etag -> Answer.empty(HttpResponseStatus.OK, Map.of("etag", etag)));
            }
            case "GET" -> Exchange.withoutBody(() -> () -> get(request));
            case "HEAD" -> Exchange.withoutBody(() -> () -> head(request));
            case "DELETE" -> Exchange.withoutBody(() -> delete(request));
            default -> throw notImplemented(request);
        };
    }

    private Answer get(S3Request request) {
        StoredObject object = find(request);
        String range = request.header("range");
        ByteRange resolved = ByteRange.resolve(range, object.size());
        Object content = object.content(resolved.position(), resolved.length());
        if (content == null) {
            throw missing(request);
        }
        Map<String, String> headers = describe(object);
        if (range == null) {
            return new Answer(HttpResponseStatus.OK, headers, resolved.length(), content);
        }
        long last = resolved.position() + resolved.length() - 1;
        headers.put("content-range", "bytes " + resolved.position() + "-" + last + "/" + object.size());
        return new Answer(HttpResponseStatus.PARTIAL_CONTENT, headers, resolved.length(), content);
    }

    private Answer head(S3Request request) {
        StoredObject object = find(request);
        Answer answer = Answer.empty(HttpResponseStatus.OK, describe(object));
        return new Answer(answer.status(), answer.headers(), object.size(), answer.content());
    }

    private Supplier<Answer> delete(S3Request request) {
        storage.delete(request.bucket(), request.key());
        return () -> Answer.empty(HttpResponseStatus.NO_CONTENT, Map.of());
    }

    private Answer deleteAll(S3Request request, byte[] body) {
        List<String> keys = S3Xml.keysToDelete(body, ObjectPage.MAX_KEYS);
        keys.forEach(key -> storage.delete(request.bucket(), key));
        return Answer.xml(HttpResponseStatus.OK, S3Xml.deleted(keys));
    }

    private StoredObject find(S3Request request) {
        StoredObject object = storage.objects(request.bucket()).get(request.key());
        if (object == null) {
            throw missing(request);
        }
        return object;
    }

    private static Map<String, String> describe(StoredObject object) {
        Map<String, String> headers = new HashMap<>();
        headers.put("etag", object.etag());
        headers.put("last-modified", HTTP_DATE.format(Instant.ofEpochMilli(object.modifiedMs())));
        headers.put("accept-ranges", "bytes");
        headers.put("content-type", "application/octet-stream");
        return headers;
    }

    private static void requireMethod(S3Request request, HttpMethod method) {
        if (!request.method().equals(method)) {
            throw notImplemented(request);
        }
    }

    private static S3Failure missing(S3Request request) {
        return new S3Failure(S3Error.KEY_NOT_FOUND, "no object " + request.key());
    }

    private static S3Failure notImplemented(S3Request request) {
        return new S3Failure(S3Error.NOT_IMPLEMENTED, "this server does not support this " + request.method());
    }
}
