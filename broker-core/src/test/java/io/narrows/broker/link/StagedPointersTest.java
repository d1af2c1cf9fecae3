package io.narrows.broker.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.broker.link.StagedPointers.Outcome;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.pointer.WalObjectId;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;

final class StagedPointersTest {
    private final StagedPointers pointers = new StagedPointers();
    private final Pointer pointer = new Pointer(new WalObjectId("w", 1, 2), 3, 4, 5);

    @Test
    void onlyTheSameObjectTakesThePointerAndOnlyOnce() {
        MemoryRecords records = records();
        StagedPointers.Staged staged = pointers.put(records, pointer);

        assertThat(pointers.take(records())).isNull();
        assertThat(pointers.take(records)).isSameAs(staged);
        assertThat(pointers.take(records)).isNull();
        assertThat(pointers.finish(staged)).isEqualTo(Outcome.TAKEN);
    }

    @Test
    void aPointerThatNoLogTookIsForgotten() {
        MemoryRecords records = records();
        StagedPointers.Staged staged = pointers.put(records, pointer);

        assertThat(pointers.finish(staged)).isEqualTo(Outcome.WAITING);
        assertThat(pointers.take(records)).isNull();
        assertThat(pointers.waiting()).isZero();
    }

    @Test
    void theLogSaysWhatBecameOfIt() {
        MemoryRecords records = records();
        StagedPointers.Staged staged = pointers.put(records, pointer);
        pointers.take(records).appendedAs(Outcome.LINKED);

        assertThat(pointers.finish(staged)).isEqualTo(Outcome.LINKED);
    }

    private static MemoryRecords records() {
        return MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(1, null, new byte[10]));
    }
}
