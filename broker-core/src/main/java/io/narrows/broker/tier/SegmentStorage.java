package io.narrows.broker.tier;

import io.narrows.broker.config.TierSettings;
import io.narrows.relay.store.Listing;
import io.narrows.relay.store.ObjectInfo;
import io.narrows.relay.store.ObjectStoreException;
import io.narrows.relay.store.ObjectStoreException.Kind;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.ObjLongConsumer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.server.log.remote.storage.LogSegmentData;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadata;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadata.CustomMetadata;
import org.apache.kafka.server.log.remote.storage.RemoteResourceNotFoundException;
import org.apache.kafka.server.log.remote.storage.RemoteStorageException;
import org.apache.kafka.server.log.remote.storage.RemoteStorageManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kafka's remote storage as segment objects: a closed local segment goes up with real batches in place of its links. In a Narrows
 * broker it works on the broker's own services; as a plugin of another Kafka it opens its own from the keys under
 * {@code rsm.config.}. Called by Kafka's remote storage threads, which wait. Public because Kafka makes it by its name.
 */
public final class SegmentStorage implements RemoteStorageManager {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentStorage.class);
    /** Beyond the deadlines of the store's own requests. */
    static final long WAIT_MS = 60_000;

    private final Set<Uuid> copying = ConcurrentHashMap.newKeySet();
    private volatile ObjLongConsumer<RemoteLogSegmentMetadata> copied = (segment, realBytes) -> {};
    private Map<String, ?> configs = Map.of();
    private @Nullable OwnServices own;
    private @Nullable Parts parts;

    private record Parts(TierServices services, SegmentReader reader, CopyRate rate) {
        static Parts of(TierServices services) {
            return new Parts(
                    services,
                    new SegmentReader(services, WAIT_MS),
                    new CopyRate(services.settings().copyBytesPerSecond(), services.clock()));
        }
    }

    @Override
    public synchronized void configure(Map<String, ?> newConfigs) {
        configs = Map.copyOf(newConfigs);
    }

    /** Works on the services of the broker, which closes them after this. Called before the first use. */
    public synchronized void attach(TierServices services) {
        parts = Parts.of(services);
    }

    /** Says which segment a reader wants after one. */
    public void successors(Function<RemoteLogSegmentMetadata, Optional<RemoteLogSegmentMetadata>> source) {
        parts().reader().successors(source);
    }

    /** Is told of each segment that was copied, as Kafka described it, with its real bytes. */
    public void whenCopied(ObjLongConsumer<RemoteLogSegmentMetadata> listener) {
        copied = listener;
    }

    /** Whether this process is writing the segment object now. */
    public boolean isCopying(Uuid segmentId) {
        return copying.contains(segmentId);
    }

    private synchronized Parts parts() {
        if (parts == null) {
            own = OwnServices.open(configs);
            parts = Parts.of(own.services());
        }
        return parts;
    }

    @Override
    public Optional<CustomMetadata> copyLogSegmentData(RemoteLogSegmentMetadata metadata, LogSegmentData data)
            throws RemoteStorageException {
        TierServices services = parts().services();
        Uuid id = metadata.remoteLogSegmentId().id();
        copying.add(id);
        try {
            SegmentLayout layout = copy(SegmentObjectId.of(metadata), data);
            copied.accept(metadata, layout.dataBytes());
            return Optional.of(layout.toMetadata());
        } catch (IOException | RuntimeException e) {
            services.metrics().copyFailed();
            // Never the retriable kind: Kafka deletes what is there only for this one, and tries again all the same.
            throw new RemoteStorageException("Could not copy " + metadata.remoteLogSegmentId() + ": " + e, e);
        } finally {
            copying.remove(id);
        }
    }

    private SegmentLayout copy(SegmentObjectId segment, LogSegmentData data) throws IOException {
        TierServices services = parts().services();
        TierSettings settings = services.settings();
        long startNanos = services.clock().nanoTime();
        ResolvedBatches.Sources sources =
                new ResolvedBatches.Sources(services.recent(), services.links(), services.skipped());
        try (ResolvedBatches batches = new ResolvedBatches(data.logSegment(), sources, WAIT_MS);
                SegmentUpload upload = new SegmentUpload(segment, settings.partBytes(), services.store(), WAIT_MS)) {
            for (ByteBuffer step = batches.next(); step != null; step = batches.next()) {
                parts().rate().pass(step.remaining());
                upload.append(step);
                requireTime(settings, services.clock().nanoTime() - startNanos);
            }
            SegmentLayout layout = upload.finish(sections(data));
            long nanos = services.clock().nanoTime() - startNanos;
            requireTime(settings, nanos);
            if (batches.skippedRecords() > 0) {
                services.metrics().skippedRecords(batches.skippedRecords());
                LOG.atWarn()
                        .addKeyValue("segment", segment.prefix())
                        .addKeyValue("records", batches.skippedRecords())
                        .log("Copied a segment without the records that narrows repair abandoned");
            }
            services.metrics().copied(layout.dataBytes(), batches.bytesOfLinks(), layout.lastPart() + 1, nanos);
            return layout;
        }
    }

    /** What is started and not finished for long is taken for a dead leader's and deleted, so it must not be ours. */
    private static void requireTime(TierSettings settings, long nanos) throws IOException {
        if (nanos / 1_000_000 > settings.copyTimeoutMs()) {
            throw new IOException("deadline exceeded: the copy took longer than " + settings.copyTimeoutMs() + " ms");
        }
    }

    private static Map<IndexType, ByteBuffer> sections(LogSegmentData data) throws IOException {
        Map<IndexType, ByteBuffer> sections = new EnumMap<>(IndexType.class);
        if (data.transactionIndex().isPresent()) {
            sections.put(
                    IndexType.TRANSACTION,
                    ByteBuffer.wrap(Files.readAllBytes(data.transactionIndex().get())));
        }
        sections.put(IndexType.PRODUCER_SNAPSHOT, ByteBuffer.wrap(Files.readAllBytes(data.producerSnapshotIndex())));
        sections.put(IndexType.LEADER_EPOCH, data.leaderEpochIndex().duplicate());
        return sections;
    }

    @Override
    public InputStream fetchLogSegment(RemoteLogSegmentMetadata metadata, int start) throws RemoteStorageException {
        return fetchLogSegment(metadata, start, Integer.MAX_VALUE - 1);
    }

    @Override
    public InputStream fetchLogSegment(RemoteLogSegmentMetadata metadata, int start, int lastPosition)
            throws RemoteStorageException {
        try {
            return parts().reader().open(metadata, start, lastPosition + 1);
        } catch (RuntimeException e) {
            throw translated(metadata, e);
        }
    }

    @Override
    public InputStream fetchIndex(RemoteLogSegmentMetadata metadata, IndexType type) throws RemoteStorageException {
        try {
            byte[] section = parts().reader().section(SegmentSource.of(metadata), type);
            if (section.length == 0 && type == IndexType.TRANSACTION) {
                throw new RemoteResourceNotFoundException("no transaction index in " + metadata.remoteLogSegmentId());
            }
            return new ByteArrayInputStream(section);
        } catch (IOException | RuntimeException e) {
            throw translated(metadata, e);
        }
    }

    /** Also of a copy that was never finished, for which Kafka has no layout: what is there is listed then. */
    @Override
    public void deleteLogSegmentData(RemoteLogSegmentMetadata metadata) throws RemoteStorageException {
        TierServices services = parts().services();
        SegmentObjectId segment = SegmentObjectId.of(metadata);
        try {
            Optional<CustomMetadata> layout = metadata.customMetadata();
            List<String> keys = layout.isPresent()
                    ? SegmentLayout.of(layout.get()).keys(segment)
                    : listed(services, segment.prefix());
            delete(services, keys);
            services.metrics().deleted();
            LOG.atDebug()
                    .addKeyValue("segment", segment.prefix())
                    .addKeyValue("parts", keys.size())
                    .log("Deleted a segment object");
        } catch (IOException | RuntimeException e) {
            throw translated(metadata, e);
        }
    }

    static List<String> listed(TierServices services, String prefix) throws IOException {
        return objects(services, prefix).stream().map(ObjectInfo::key).toList();
    }

    /** What the store has below a prefix, in the order of keys. Waits. */
    static List<ObjectInfo> objects(TierServices services, String prefix) throws IOException {
        List<ObjectInfo> objects = new ArrayList<>();
        Listing page;
        do {
            String after =
                    objects.isEmpty() ? "" : objects.get(objects.size() - 1).key();
            page = Blocking.await(services.store().list(prefix, after, 1000), WAIT_MS);
            objects.addAll(page.objects());
        } while (page.truncated());
        return objects;
    }

    /** Deletes objects, which need not be there. Waits. */
    static void delete(TierServices services, List<String> keys) throws IOException {
        for (int from = 0; from < keys.size(); from += 1000) {
            Blocking.await(services.store().delete(keys.subList(from, Math.min(keys.size(), from + 1000))), WAIT_MS);
        }
    }

    private static RemoteStorageException translated(RemoteLogSegmentMetadata metadata, Exception failure) {
        String what = "Segment object of " + metadata.remoteLogSegmentId() + ": " + failure;
        boolean gone = failure instanceof ObjectStoreException typed && typed.kind() == Kind.NOT_FOUND;
        return gone ? new RemoteResourceNotFoundException(what, failure) : new RemoteStorageException(what, failure);
    }

    @Override
    public synchronized void close() {
        if (own != null) {
            own.close();
            own = null;
        }
    }
}
