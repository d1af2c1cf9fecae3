package io.narrows.broker.tier;

import io.narrows.relay.store.ObjectInfo;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.Uuid;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes the segment objects of deleted topics that stock code could not delete, and keeps a mark in the bucket for each such
 * topic until nothing of it can be left, so that it does not depend on the brokers that saw the deletion. A mark is written only by
 * who saw it: a topic that the cluster merely does not know may be one whose metadata was lost. Run on one thread, which waits.
 */
public final class DeletedTopics {
    /** Marks are named {@code gc/deleted/<topic id>}. */
    public static final String MARKS = "gc/deleted/";

    private static final Logger LOG = LoggerFactory.getLogger(DeletedTopics.class);

    private final TierServices services;

    public DeletedTopics(TierServices services) {
        this.services = services;
    }

    /** The same from every broker and every time, so that it may come twice. */
    public void mark(Uuid topicId) throws IOException {
        byte[] body = (topicId + "\n").getBytes(StandardCharsets.US_ASCII);
        Blocking.await(services.store().put(MARKS + topicId, Unpooled.wrappedBuffer(body)), SegmentStorage.WAIT_MS);
    }

    /** Deletes all that the topic has in the store, and says how many parts that were. An id never comes back. */
    public int purge(Uuid topicId) throws IOException {
        List<String> keys = SegmentStorage.listed(services, SegmentObjectId.prefix(topicId));
        SegmentStorage.delete(services, keys);
        services.metrics().orphans(keys.size());
        return keys.size();
    }

    /** Deletes what marked topics have, and marks that have done their work; goes on with the next one when one fails. */
    public void sweep() throws IOException {
        long before = services.clock().wallTimeMs() - UnfinishedCopies.graceMs(services.settings());
        for (ObjectInfo mark : SegmentStorage.objects(services, MARKS)) {
            Optional<Uuid> topicId = topicId(mark.key());
            if (topicId.isEmpty()) {
                LOG.atError().addKeyValue("key", mark.key()).log("Ignored a malformed deleted-topic marker");
                continue;
            }
            try {
                // A copy that was in progress when the topic was deleted has ended before the mark is that old.
                if (purge(topicId.get()) == 0 && mark.modifiedMs() < before) {
                    SegmentStorage.delete(services, List.of(mark.key()));
                }
            } catch (IOException e) {
                LOG.atWarn()
                        .addKeyValue("topicId", topicId.get())
                        .setCause(e)
                        .log("Could not delete segment objects of a deleted topic; will retry next sweep");
            }
        }
    }

    private static Optional<Uuid> topicId(String key) {
        try {
            Uuid id = Uuid.fromString(key.substring(MARKS.length()));
            return Uuid.RESERVED.contains(id) ? Optional.empty() : Optional.of(id);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
