package io.narrows.relay.gc;

import io.narrows.relay.Crc32c;
import io.narrows.relay.loop.Loop;
import io.narrows.relay.store.Listing;
import io.narrows.relay.store.ObjectInfo;
import io.narrows.relay.store.ObjectStore;
import io.narrows.relay.store.ObjectStoreException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Where rounds, answers and the owner of the bucket are kept; reading and writing them. Futures complete on the loop.
 * Does not own the store.
 */
public final class GcBucket {
    static final String CLUSTER_KEY = "gc/cluster";
    static final String ROUNDS = "gc/rounds/";
    static final String ANSWERS = "gc/answers/";

    private static final String MAGIC = "NARROWS-GC 1 ";
    private static final int HEADER_BYTES = 64;
    private static final int ID_AT = MAGIC.length();
    private static final int LENGTH_AT = ID_AT + 17;
    private static final int CRC_AT = LENGTH_AT + 9;
    private static final int MAX_BYTES = 64 << 20;
    private static final HexFormat HEX = HexFormat.of();
    private static final int MAX_COLLECTORS = 1000;

    private final ObjectStore store;
    private final Loop loop;

    public GcBucket(ObjectStore store, Loop loop) {
        this.store = store;
        this.loop = loop;
    }

    private record Header(long id, int length, int crc) {
        String text() {
            String fields = MAGIC + GcText.hex(id) + " " + HEX.toHexDigits(length) + " " + HEX.toHexDigits(crc);
            return fields + " ".repeat(HEADER_BYTES - 1 - fields.length()) + "\n";
        }
    }

    /** The cluster that the bucket belongs to; empty as long as nobody has claimed it. */
    public CompletableFuture<Optional<String>> cluster() {
        return read(CLUSTER_KEY).thenApply(text -> text.map(GcText::cluster));
    }

    public CompletableFuture<Void> claim(String clusterId) {
        return write(CLUSTER_KEY, 0, GcText.ofCluster(clusterId));
    }

    /** The newest round of a collector, unless that is the one that is known; so it costs 64 bytes most of the time. */
    public CompletableFuture<Optional<Round>> newRound(int collector, long known) {
        String key = ROUNDS + collector;
        return header(key)
                .thenCompose(header -> header.isEmpty() || header.get().id() == known
                        ? CompletableFuture.completedFuture(Optional.empty())
                        : round(key, header.get()).thenApply(Optional::of));
    }

    /** The last round of each broker that ever was a collector. */
    public CompletableFuture<List<Round>> rounds() {
        return list(ROUNDS, "", MAX_COLLECTORS).thenCompose(listing -> {
            List<CompletableFuture<Optional<Round>>> reads = listing.objects().stream()
                    .map(object -> newest(object.key()))
                    .toList();
            return all(reads)
                    .thenApply(
                            rounds -> rounds.stream().flatMap(Optional::stream).toList());
        });
    }

    /** The broker's last answer, whatever round it belongs to. */
    public CompletableFuture<Optional<Answer>> answer(int broker) {
        String key = ANSWERS + broker;
        return header(key)
                .thenCompose(header -> header.isEmpty()
                        ? CompletableFuture.completedFuture(Optional.empty())
                        : answer(key, header.get()).thenApply(Optional::of));
    }

    /** The broker's answer if it is one to this round. */
    public CompletableFuture<Optional<Answer>> answer(int broker, long round) {
        String key = ANSWERS + broker;
        return header(key)
                .thenCompose(header -> header.isEmpty() || header.get().id() != round
                        ? CompletableFuture.completedFuture(Optional.empty())
                        : answer(key, header.get()).thenApply(Optional::of));
    }

    public CompletableFuture<Void> write(Round round) {
        return write(ROUNDS + round.collector(), round.id(), GcText.of(round));
    }

    public CompletableFuture<Void> write(Answer answer) {
        return write(ANSWERS + answer.broker(), answer.round(), GcText.of(answer));
    }

    CompletableFuture<Listing> list(String prefix, String startAfter, int maxKeys) {
        return onLoop(store.list(prefix, startAfter, maxKeys));
    }

    CompletableFuture<Void> delete(Collection<ObjectInfo> objects) {
        return onLoop(store.delete(objects.stream().map(ObjectInfo::key).toList()));
    }

    private CompletableFuture<Optional<Round>> newest(String key) {
        return header(key)
                .thenCompose(header -> header.isEmpty()
                        ? CompletableFuture.completedFuture(Optional.empty())
                        : round(key, header.get()).thenApply(Optional::of));
    }

    private CompletableFuture<Round> round(String key, Header header) {
        return body(key, header).thenApply(text -> {
            Round round = GcText.round(text);
            MalformedGcObjectException.check(round.id() == header.id(), "id in the header of " + key);
            return round;
        });
    }

    private CompletableFuture<Answer> answer(String key, Header header) {
        return body(key, header).thenApply(text -> {
            Answer answer = GcText.answer(text);
            MalformedGcObjectException.check(answer.round() == header.id(), "id in the header of " + key);
            return answer;
        });
    }

    private CompletableFuture<Optional<String>> read(String key) {
        return header(key)
                .thenCompose(header -> header.isEmpty()
                        ? CompletableFuture.completedFuture(Optional.empty())
                        : body(key, header.get()).thenApply(Optional::of));
    }

    private CompletableFuture<Optional<Header>> header(String key) {
        return onLoop(store.get(key, 0, HEADER_BYTES).thenApply(bytes -> Optional.of(parse(text(bytes)))))
                .exceptionallyCompose(failure -> isMissing(failure)
                        ? CompletableFuture.completedFuture(Optional.empty())
                        : CompletableFuture.failedFuture(failure));
    }

    /** Fails if the object was replaced since its header was read: there is always another time. */
    private CompletableFuture<String> body(String key, Header header) {
        return onLoop(store.get(key, HEADER_BYTES, header.length()).thenApply(bytes -> {
            int crc = Crc32c.of(bytes);
            String text = text(bytes);
            MalformedGcObjectException.check(crc == header.crc(), "checksum of " + key);
            return text;
        }));
    }

    private CompletableFuture<Void> write(String key, long id, String text) {
        ByteBuf body = Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
        ByteBuf bytes = Unpooled.buffer(HEADER_BYTES + body.readableBytes());
        bytes.writeCharSequence(
                new Header(id, body.readableBytes(), Crc32c.of(body)).text(), StandardCharsets.US_ASCII);
        bytes.writeBytes(body);
        body.release();
        return onLoop(store.put(key, bytes));
    }

    private static Header parse(String text) {
        try {
            int length = Integer.parseUnsignedInt(text.substring(LENGTH_AT, LENGTH_AT + 8), 16);
            MalformedGcObjectException.check(length > 0 && length <= MAX_BYTES, "length of a gc object");
            int crc = Integer.parseUnsignedInt(text.substring(CRC_AT, CRC_AT + 8), 16);
            Header header = new Header(GcText.id(text.substring(ID_AT, ID_AT + 16)), length, crc);
            MalformedGcObjectException.check(header.text().equals(text), "header of a gc object");
            return header;
        } catch (NumberFormatException e) {
            throw new MalformedGcObjectException("unexpected header of a gc object");
        }
    }

    /** Consumes the buffer. */
    private static String text(ByteBuf bytes) {
        try {
            return bytes.toString(StandardCharsets.UTF_8);
        } finally {
            boolean unused = bytes.release();
        }
    }

    private static boolean isMissing(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof ObjectStoreException store && store.kind() == ObjectStoreException.Kind.NOT_FOUND;
    }

    private <T> CompletableFuture<T> onLoop(CompletableFuture<T> future) {
        CompletableFuture<T> onLoop = new CompletableFuture<>();
        CompletableFuture<Void> unused = future.handle((value, failure) -> {
            loop.execute(() -> {
                if (failure == null) {
                    onLoop.complete(value);
                } else {
                    onLoop.completeExceptionally(failure);
                }
            });
            return null;
        });
        return onLoop;
    }

    private static <T> CompletableFuture<List<T>> all(List<CompletableFuture<T>> futures) {
        CompletableFuture<List<T>> result = CompletableFuture.completedFuture(new ArrayList<>());
        for (CompletableFuture<T> future : futures) {
            result = result.thenCombine(future, (list, value) -> {
                list.add(value);
                return list;
            });
        }
        return result;
    }
}
