package io.narrows.router.share;

import java.util.UUID;
import org.apache.kafka.common.Uuid;

/** A partition as share requests name it. */
record ShareKey(Uuid topicId, int partition) {
    UUID id() {
        return new UUID(topicId.getMostSignificantBits(), topicId.getLeastSignificantBits());
    }
}
