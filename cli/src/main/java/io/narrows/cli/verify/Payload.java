package io.narrows.cli.verify;

import java.nio.charset.StandardCharsets;
import java.util.Random;

/** What the bytes of test records look like to a compressor. */
public enum Payload {
    /** Does not compress: bytes on the wire are bytes produced. */
    RANDOM {
        @Override
        void fill(byte[] bytes, int seed) {
            new Random(seed).nextBytes(bytes);
        }
    },
    /** Compresses like a log line, to about a third. */
    TEXT {
        @Override
        void fill(byte[] bytes, int seed) {
            Random random = new Random(seed);
            int at = 0;
            while (at < bytes.length) {
                String word = WORDS[random.nextInt(WORDS.length)] + "=" + random.nextInt(100_000) + " ";
                byte[] encoded = word.getBytes(StandardCharsets.US_ASCII);
                int length = Math.min(encoded.length, bytes.length - at);
                System.arraycopy(encoded, 0, bytes, at, length);
                at += length;
            }
        }
    };

    private static final String[] WORDS = {
        "timestamp", "level", "customer", "order", "session", "latency_ms", "status", "region", "amount", "currency"
    };

    abstract void fill(byte[] bytes, int seed);
}
