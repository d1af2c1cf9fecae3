package io.narrows.proxy.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A hash table keeps keys of one hash in a tree only if they have an order; clients choose these keys. */
final class OrderedKeysTest {
    @Test
    void recordsThatAreKeysHaveAnOrder() {
        for (Class<?> owner : List.of(Coordinators.class, FetchSession.class, ProduceEntry.class)) {
            assertThat(Arrays.stream(owner.getDeclaredClasses())
                            .filter(Class::isRecord)
                            .filter(inner -> List.of("Key", "Place").contains(inner.getSimpleName())))
                    .isNotEmpty()
                    .allMatch(Comparable.class::isAssignableFrom);
        }
        assertThat(NamedPartition.class).isAssignableTo(Comparable.class);
    }
}
