package io.narrows.s3server;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import org.jspecify.annotations.Nullable;

/** One page of ListObjectsV2; {@code next} is the continuation token, null on the last page. */
record ObjectPage(
        Query query,
        List<Map.Entry<String, StoredObject>> objects,
        List<String> commonPrefixes,
        @Nullable String next) {
    static final int MAX_KEYS = 1000;

    /** Collects the page from the objects of the bucket, which may change meanwhile. */
    static ObjectPage collect(Query query, NavigableMap<String, StoredObject> bucket) {
        List<Map.Entry<String, StoredObject>> objects = new ArrayList<>();
        List<String> prefixes = new ArrayList<>();
        String last = query.after();
        Map.Entry<String, StoredObject> entry = query.after().compareTo(query.prefix()) < 0
                ? bucket.ceilingEntry(query.prefix())
                : bucket.higherEntry(query.after());
        while (entry != null && entry.getKey().startsWith(query.prefix())) {
            if (objects.size() + prefixes.size() >= query.maxKeys()) {
                return new ObjectPage(query, objects, prefixes, token(last));
            }
            String group = query.commonPrefix(entry.getKey());
            if (group == null) {
                objects.add(entry);
                last = entry.getKey();
                entry = bucket.higherEntry(last);
            } else {
                prefixes.add(group);
                last = group + Character.MAX_VALUE;
                entry = bucket.higherEntry(last);
            }
        }
        return new ObjectPage(query, objects, prefixes, null);
    }

    /** A key as the answer shows it: URL-encoded when the client asked for that. */
    String encode(String key) {
        return query.encoded() ? URLEncoder.encode(key, StandardCharsets.UTF_8).replace("%2F", "/") : key;
    }

    private static String token(String last) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(last.getBytes(StandardCharsets.UTF_8));
    }

    /** What a client asks of a listing. */
    record Query(String bucket, String prefix, String delimiter, String after, int maxKeys, boolean encoded) {
        static Query of(S3Request request) {
            String token = request.parameter("continuation-token", "");
            try {
                String after = token.isEmpty()
                        ? request.parameter("start-after", "")
                        : new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
                int maxKeys = Integer.parseInt(request.parameter("max-keys", Integer.toString(MAX_KEYS)));
                return new Query(
                        request.bucket(),
                        request.parameter("prefix", ""),
                        request.parameter("delimiter", ""),
                        after,
                        Math.max(0, Math.min(maxKeys, MAX_KEYS)),
                        request.parameter("encoding-type", "").equals("url"));
            } catch (IllegalArgumentException e) {
                throw new S3Failure(S3Error.INVALID_ARGUMENT, "malformed max-keys or continuation-token");
            }
        }

        @Nullable
        String commonPrefix(String key) {
            int end = delimiter.isEmpty() ? -1 : key.indexOf(delimiter, prefix.length());
            return end < 0 ? null : key.substring(0, end + delimiter.length());
        }
    }
}
