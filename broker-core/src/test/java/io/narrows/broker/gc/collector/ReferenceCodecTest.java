package io.narrows.broker.gc.collector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ReferenceCodecTest {
    @Test
    void goldenBytesAreReadForEver() throws IOException {
        ReferenceSet references = new ReferenceSet();
        references.addAll(new WriterIncarnation("proxy-a1", 115020683483145975L), SequenceSet.of(12, 20, 21, 1000));
        references.addAll(new WriterIncarnation("broker-1", 42), SequenceSet.of(1L << 40));
        try (InputStream in = ReferenceCodecTest.class.getResourceAsStream("/formats/segment-references-v1.hex")) {
            assertThat(in).isNotNull();
            byte[] golden = HexFormat.of().parseHex(new String(in.readAllBytes()).strip());
            assertThat(ReferenceCodec.decode(golden)).isEqualTo(references);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void whatIsEncodedIsDecoded(long seed) {
        ReferenceSet references = random(new Random(seed));
        byte[] encoded = ReferenceCodec.encode(references);
        assertThat(ReferenceCodec.decode(encoded)).as("seed %d", seed).isEqualTo(references);
        assertThat(ReferenceCodec.objects(encoded)).isEqualTo(references.size());
    }

    @Test
    void everyDamagedByteAndEveryCutIsNoticed() {
        byte[] sound = ReferenceCodec.encode(random(new Random(7)));
        for (int i = 0; i < sound.length; i++) {
            byte[] damaged = sound.clone();
            damaged[i] ^= 1;
            assertThatThrownBy(() -> ReferenceCodec.decode(damaged))
                    .as("byte %d", i)
                    .isInstanceOf(MalformedGcObjectException.class);
            byte[] cut = Arrays.copyOf(sound, i);
            assertThatThrownBy(() -> ReferenceCodec.decode(cut)).isInstanceOf(MalformedGcObjectException.class);
        }
    }

    /** RFC 0005: what the references of a closed segment cost. */
    @Test
    void linksToAThousandWritersCostLessThanThreeBitsEach() {
        Random random = new Random(1);
        int writers = 1000;
        long[] next = new long[writers];
        ReferenceSet references = new ReferenceSet();
        for (int link = 0; link < 65_536; link++) {
            int writer = random.nextInt(writers);
            next[writer] += 1 + random.nextInt(3);
            references.add(new WriterIncarnation("sidecar-" + writer, 123_456_789L + writer).object(next[writer]));
        }
        assertThat(ReferenceCodec.encode(references).length).isLessThan(65_536 * 3 / 8 + 20 * writers);
    }

    private static ReferenceSet random(Random random) {
        ReferenceSet references = new ReferenceSet();
        for (int writer = random.nextInt(10); writer >= 0; writer--) {
            WriterIncarnation incarnation = new WriterIncarnation("w" + writer, random.nextInt(3));
            long sequence = random.nextInt(10) == 0 ? random.nextLong() >>> 1 : random.nextInt(1000);
            for (int links = random.nextInt(200); links >= 0 && sequence >= 0; links--) {
                references.add(incarnation.object(sequence));
                sequence += random.nextInt(10) == 0 ? random.nextInt(1_000_000) : random.nextInt(3);
            }
        }
        return references;
    }
}
