package io.narrows.proxy.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

final class FetchKeyTest {
    /** Without an order a hash table compares keys of one hash each with each: here 200 million times. */
    @Test
    void keysOfOneHashAreFoundByTheirOrder() {
        Map<FetchKey, Integer> keys = new HashMap<>();
        for (int i = 0; i < 20_000; i++) {
            keys.put(key(i), i);
        }
        assertThat(key(0).hashCode()).isEqualTo(key(12_345).hashCode());
        assertThat(keys).hasSize(20_000).containsEntry(key(12_345), 12_345);
        assertThat(key(1)).isEqualByComparingTo(key(1)).isNotEqualByComparingTo(key(2));
        assertThat(Comparable.class).isAssignableFrom(FetchKey.class);
    }

    /** What 31 times the hash of the id adds, the partition takes away. */
    private static FetchKey key(int number) {
        return new FetchKey("", new Uuid(0, number), -31 * number);
    }
}
