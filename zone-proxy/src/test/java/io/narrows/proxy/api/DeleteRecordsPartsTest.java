package io.narrows.proxy.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.message.DeleteRecordsResponseData;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsPartitionResult;
import org.junit.jupiter.api.Test;

final class DeleteRecordsPartsTest {
    private static final int PARTITIONS = 2_000;

    @Test
    void aResponseTakesAFewStepsForEachPartition() {
        AtomicLong hashes = new AtomicLong();
        Map<NamedPartition, DeleteRecordsPartitionResult> results = new LinkedHashMap<>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            DeleteRecordsPartitionResult result = new DeleteRecordsPartitionResult() {
                @Override
                public int hashCode() {
                    hashes.incrementAndGet();
                    return super.hashCode();
                }

                @Override
                public boolean equals(Object other) {
                    return super.equals(other);
                }
            };
            results.put(new NamedPartition("orders", partition), result.setPartitionIndex(partition));
        }
        DeleteRecordsResponseData response = (DeleteRecordsResponseData) new DeleteRecordsParts().response(results, 0);
        assertThat(response.topics().find("orders").partitions()).hasSize(PARTITIONS);
        assertThat(hashes.get()).isLessThan(10 * PARTITIONS);
    }
}
