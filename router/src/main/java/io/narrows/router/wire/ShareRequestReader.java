package io.narrows.router.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData.AcknowledgePartition;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData.AcknowledgePartitionCollection;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData.AcknowledgeTopic;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData.AcknowledgeTopicCollection;
import org.apache.kafka.common.message.ShareFetchRequestData;
import org.apache.kafka.common.message.ShareFetchRequestData.FetchPartition;
import org.apache.kafka.common.message.ShareFetchRequestData.FetchPartitionCollection;
import org.apache.kafka.common.message.ShareFetchRequestData.FetchTopic;
import org.apache.kafka.common.message.ShareFetchRequestData.FetchTopicCollection;
import org.apache.kafka.common.message.ShareFetchRequestData.ForgottenTopic;
import org.apache.kafka.common.protocol.Readable;
import org.apache.kafka.common.utils.ImplicitLinkedHashCollection;
import org.jspecify.annotations.Nullable;

/**
 * Reads ShareFetch and ShareAcknowledge, versions 1 and 2, in place of Kafka's generated classes: their tables grow at the
 * last element, which takes n * n steps for n partitions in a row. Drops tagged fields, of which none are known. Stateless.
 */
public final class ShareRequestReader {
    private static final short FIRST_VERSION_WITH_MODES = 2;

    private ShareRequestReader() {}

    public static ShareFetchRequestData fetch(Readable in, short version) {
        ShareFetchRequestData request = new ShareFetchRequestData()
                .setGroupId(text(in))
                .setMemberId(text(in))
                .setShareSessionEpoch(in.readInt())
                .setMaxWaitMs(in.readInt())
                .setMinBytes(in.readInt())
                .setMaxBytes(in.readInt())
                .setMaxRecords(in.readInt())
                .setBatchSize(in.readInt());
        if (version >= FIRST_VERSION_WITH_MODES) {
            request.setShareAcquireMode(in.readByte()).setIsRenewAck(in.readByte() != 0);
        }
        request.setTopics(table(list(in, from -> fetchTopic(from, version)), FetchTopicCollection::new))
                .setForgottenTopicsData(list(in, from -> new ForgottenTopic(from, version)));
        skipTags(in);
        return request;
    }

    private static FetchTopic fetchTopic(Readable in, short version) {
        FetchTopic topic = new FetchTopic()
                .setTopicId(in.readUuid())
                .setPartitions(
                        table(list(in, from -> new FetchPartition(from, version)), FetchPartitionCollection::new));
        skipTags(in);
        return topic;
    }

    public static ShareAcknowledgeRequestData acknowledge(Readable in, short version) {
        ShareAcknowledgeRequestData request = new ShareAcknowledgeRequestData()
                .setGroupId(text(in))
                .setMemberId(text(in))
                .setShareSessionEpoch(in.readInt());
        if (version >= FIRST_VERSION_WITH_MODES) {
            request.setIsRenewAck(in.readByte() != 0);
        }
        request.setTopics(table(list(in, from -> acknowledgeTopic(from, version)), AcknowledgeTopicCollection::new));
        skipTags(in);
        return request;
    }

    private static AcknowledgeTopic acknowledgeTopic(Readable in, short version) {
        AcknowledgeTopic topic = new AcknowledgeTopic()
                .setTopicId(in.readUuid())
                .setPartitions(table(
                        list(in, from -> new AcknowledgePartition(from, version)),
                        AcknowledgePartitionCollection::new));
        skipTags(in);
        return topic;
    }

    private static @Nullable String text(Readable in) {
        int length = in.readUnsignedVarint() - 1;
        return length < 0 ? null : in.readString(length);
    }

    private static <T> List<T> list(Readable in, Function<Readable, T> element) {
        int count = in.readUnsignedVarint() - 1;
        if (count < 0 || count > in.remaining()) {
            throw new InvalidRequestException("an array declares " + count + " elements; it has fewer bytes");
        }
        List<T> elements = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            elements.add(element.apply(in));
        }
        return elements;
    }

    /** In a table that does not grow; {@code maker} is its constructor. */
    private static <E extends ImplicitLinkedHashCollection.Element, C extends ImplicitLinkedHashCollection<E>> C table(
            List<E> elements, IntFunction<C> maker) {
        C table = maker.apply(elements.isEmpty() ? 0 : ProbeCost.roomFor(elements.size()));
        elements.forEach(table::mustAdd);
        return table;
    }

    private static void skipTags(Readable in) {
        for (int left = in.readUnsignedVarint(); left > 0; left--) {
            int unusedTag = in.readUnsignedVarint();
            var unused = in.readByteBuffer(in.readUnsignedVarint());
        }
    }
}
