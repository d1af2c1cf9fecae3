package io.narrows.bench.history;

import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.SuppressForbidden;
import io.narrows.relay.store.S3ObjectStore;
import io.narrows.relay.store.S3Settings;
import io.narrows.relay.store.StoreMetrics;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.apache.kafka.server.log.remote.storage.LogSegmentData;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadata;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadata.CustomMetadata;
import org.apache.kafka.server.log.remote.storage.RemoteResourceNotFoundException;
import org.apache.kafka.server.log.remote.storage.RemoteStorageException;
import org.apache.kafka.server.log.remote.storage.RemoteStorageManager;
import org.jspecify.annotations.Nullable;

/**
 * The baseline: a remote storage manager that keeps each file of a segment as an object and reads data in chunks of 4 MiB, as
 * usual plugins do, with the chunks that were used last in memory. Public because Kafka makes it by its name.
 */
public final class FilePerSegmentStorage implements RemoteStorageManager {
    static final String ENDPOINT = "endpoint";
    static final String BUCKET = "bucket";

    /** As much memory as Narrows has for its blocks in this comparison. */
    static final int CACHE_BYTES = 32 << 20;

    private static final int CHUNK_BYTES = 4 << 20;
    private static final String LOG = "log";
    private static final S3Settings.Limits LIMITS =
            new S3Settings.Limits(64, Duration.ofSeconds(2), Duration.ofSeconds(20), Duration.ofSeconds(60), 2);

    /** In the order of their last use. Guarded by itself. */
    private final LinkedHashMap<Place, byte[]> chunks = new LinkedHashMap<>(16, 0.75f, true);

    private volatile @Nullable S3ObjectStore store;

    private record Place(String key, int start) {}

    private byte[] chunk(Place place, int length) {
        synchronized (chunks) {
            byte[] known = chunks.get(place);
            if (known != null) {
                return known;
            }
        }
        byte[] bytes = get(place.key(), place.start(), length);
        synchronized (chunks) {
            chunks.put(place, bytes);
            Iterator<byte[]> eldest = chunks.values().iterator();
            while (chunks.size() > CACHE_BYTES / CHUNK_BYTES) {
                eldest.next();
                eldest.remove();
            }
        }
        return bytes;
    }

    @Override
    public void configure(Map<String, ?> configs) {
        S3Settings settings = S3Settings.at(
                        URI.create(String.valueOf(configs.get(ENDPOINT))),
                        String.valueOf(configs.get(BUCKET)),
                        new S3Settings.Credentials("narrows", "narrows-local"))
                .withLimits(LIMITS);
        store = S3ObjectStore.open(settings, new StoreMetrics(new MetricRegistry(), "baseline"));
    }

    private S3ObjectStore store() {
        S3ObjectStore present = store;
        if (present == null) {
            throw new IllegalStateException("not configured");
        }
        return present;
    }

    private static String key(RemoteLogSegmentMetadata metadata, String file) {
        return "baseline/" + metadata.remoteLogSegmentId().id() + "/" + file.toLowerCase(Locale.ROOT);
    }

    @Override
    public Optional<CustomMetadata> copyLogSegmentData(RemoteLogSegmentMetadata metadata, LogSegmentData data)
            throws RemoteStorageException {
        try {
            put(key(metadata, LOG), data.logSegment());
            put(key(metadata, IndexType.OFFSET.name()), data.offsetIndex());
            put(key(metadata, IndexType.TIMESTAMP.name()), data.timeIndex());
            if (data.transactionIndex().isPresent()) {
                put(
                        key(metadata, IndexType.TRANSACTION.name()),
                        data.transactionIndex().get());
            }
            put(key(metadata, IndexType.PRODUCER_SNAPSHOT.name()), data.producerSnapshotIndex());
            put(key(metadata, IndexType.LEADER_EPOCH.name()), data.leaderEpochIndex());
            return Optional.empty();
        } catch (IOException | CompletionException e) {
            throw new RemoteStorageException("could not copy", e);
        }
    }

    private void put(String key, Path file) throws IOException {
        put(key, ByteBuffer.wrap(Files.readAllBytes(file)));
    }

    @SuppressForbidden("on threads that Kafka keeps for blocking calls")
    private void put(String key, ByteBuffer bytes) {
        store().put(key, Unpooled.wrappedBuffer(bytes.duplicate())).join();
    }

    @Override
    public InputStream fetchLogSegment(RemoteLogSegmentMetadata metadata, int start) {
        return fetchLogSegment(metadata, start, metadata.segmentSizeInBytes() - 1);
    }

    @Override
    public InputStream fetchLogSegment(RemoteLogSegmentMetadata metadata, int start, int last) {
        int size = metadata.segmentSizeInBytes();
        return new ChunkedStream(key(metadata, LOG), start, Math.min(last + 1, size), size);
    }

    @Override
    @SuppressForbidden("on threads that Kafka keeps for blocking calls")
    public InputStream fetchIndex(RemoteLogSegmentMetadata metadata, IndexType type) throws RemoteStorageException {
        String key = key(metadata, type.name());
        try {
            long size = store().head(key).join().sizeBytes();
            return new ByteArrayInputStream(size == 0 ? new byte[0] : get(key, 0, (int) size));
        } catch (CompletionException e) {
            throw new RemoteResourceNotFoundException("no " + key, e);
        }
    }

    @SuppressForbidden("on threads that Kafka keeps for blocking calls")
    private byte[] get(String key, int position, int length) {
        ByteBuf bytes = store().get(key, position, length).join();
        try {
            return ByteBufUtil.getBytes(bytes);
        } finally {
            bytes.release();
        }
    }

    @Override
    @SuppressForbidden("on threads that Kafka keeps for blocking calls")
    public void deleteLogSegmentData(RemoteLogSegmentMetadata metadata) {
        List<String> keys = new ArrayList<>(List.of(key(metadata, LOG)));
        for (IndexType type : IndexType.values()) {
            keys.add(key(metadata, type.name()));
        }
        store().delete(keys).join();
    }

    @Override
    public void close() {
        store().close();
    }

    private final class ChunkedStream extends InputStream {
        private final String key;
        private final int end;
        private final int size;
        private int position;

        ChunkedStream(String key, int start, int end, int size) {
            this.key = key;
            this.position = start;
            this.end = end;
            this.size = size;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (position >= end) {
                return -1;
            }
            int start = position / CHUNK_BYTES * CHUNK_BYTES;
            byte[] chunk;
            try {
                chunk = chunk(new Place(key, start), Math.min(CHUNK_BYTES, size - start));
            } catch (CompletionException e) {
                throw new IOException("could not read " + key, e);
            }
            int count = Math.min(Math.min(length, end - position), chunk.length - (position - start));
            System.arraycopy(chunk, position - start, target, offset, count);
            position += count;
            return count;
        }
    }
}
