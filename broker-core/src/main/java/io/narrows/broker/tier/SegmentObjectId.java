package io.narrows.broker.tier;

import io.narrows.relay.range.ObjectName;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadata;

/** Names one segment object; its parts are numbered from 0. Immutable. */
public record SegmentObjectId(Uuid topicId, int partition, long baseOffset, Uuid segmentId) {
    /** The prefix of all segment objects. */
    public static final String ROOT = "seg/";

    private static final Pattern KEY = Pattern.compile(
            ROOT + "(?<topic>[^/]{22})/(?<partition>\\d{10})/(?<offset>\\d{20})-(?<segment>[^/]{22})/\\d{20}");

    static SegmentObjectId of(RemoteLogSegmentMetadata metadata) {
        TopicIdPartition partition = metadata.topicIdPartition();
        return new SegmentObjectId(
                partition.topicId(),
                partition.partition(),
                metadata.startOffset(),
                metadata.remoteLogSegmentId().id());
    }

    /** Names of segment objects of a topic begin so. */
    static String prefix(Uuid topicId) {
        return ROOT + topicId + "/";
    }

    /** Names of segment objects of a partition begin so. */
    static String prefix(Uuid topicId, int partition) {
        return prefix(topicId) + padded(partition, 10) + "/";
    }

    /** Which segment object a key belongs to; empty if it is none of ours. */
    static Optional<SegmentObjectId> of(String key) {
        Matcher matcher = KEY.matcher(key);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new SegmentObjectId(
                    Uuid.fromString(matcher.group("topic")),
                    Integer.parseInt(matcher.group("partition")),
                    Long.parseLong(matcher.group("offset")),
                    Uuid.fromString(matcher.group("segment"))));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /**
     * {@code seg/<topic id>/<partition, 10 digits>/<base offset, 20 digits>-<segment id>/}, so that a listing shows a
     * partition's segments in order.
     */
    public String prefix() {
        return prefix(topicId, partition) + padded(baseOffset, 20) + "-" + segmentId + "/";
    }

    Part part(int index) {
        return new Part(this, index);
    }

    private static String padded(long value, int digits) {
        String number = Long.toString(value);
        return "0".repeat(digits - number.length()) + number;
    }

    /** One part of a segment object. */
    record Part(SegmentObjectId segment, int index) implements ObjectName {
        /** {@code <prefix><index, 20 digits>}. */
        @Override
        public String key() {
            return segment.prefix() + padded(index, 20);
        }
    }
}
