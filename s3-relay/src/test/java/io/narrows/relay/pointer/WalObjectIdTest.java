package io.narrows.relay.pointer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WalObjectIdTest {
    @Test
    void keysSortLikeSequences() {
        WalObjectId early = new WalObjectId("proxy-a", 7, 9);
        WalObjectId late = new WalObjectId("proxy-a", 7, 10);

        assertThat(early.key()).isEqualTo("wal/proxy-a/00000000000000000007/00000000000000000009");
        assertThat(early.key()).isLessThan(late.key()).startsWith(WalObjectId.prefix("proxy-a", 7));
    }

    @Test
    void aKeyIsParsedBack() {
        WalObjectId id = new WalObjectId("b.1_x", Long.MAX_VALUE, 0);

        assertThat(WalObjectId.parse(id.key())).isEqualTo(id);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "wal/a/1/2",
                "wal//00000000000000000007/00000000000000000009",
                "wal/a/99999999999999999999/00000000000000000009",
                "wal/a/00000000000000000007/00000000000000000009/",
                "segments/a/00000000000000000007/00000000000000000009"
            })
    void otherKeysAreRefused(String key) {
        assertThatThrownBy(() -> WalObjectId.parse(key)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-a", ".a", "A", "a b", "a/b", "ä", "aaaaaaaaaabbbbbbbbbbccccccccccddd"})
    void otherWriterIdsAreRefused(String writer) {
        assertThat(WalObjectId.isWriter(writer)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "0", "proxy-a.1_b", "aaaaaaaaaabbbbbbbbbbccccccccccdd"})
    void writerIdsAreAccepted(String writer) {
        assertThat(WalObjectId.isWriter(writer)).isTrue();
    }
}
