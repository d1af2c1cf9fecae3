package io.narrows.broker.gc.collector;

import static io.narrows.broker.gc.collector.MalformedGcObjectException.check;

import io.narrows.relay.loop.Loop;
import io.narrows.relay.store.Listing;
import io.narrows.relay.store.ObjectInfo;
import io.narrows.relay.store.ObjectStore;
import io.narrows.relay.store.ObjectStoreException;
import io.narrows.relay.store.ObjectStoreException.Kind;
import io.narrows.relay.store.PutCondition;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Where rounds, answers and the owner of the bucket are kept; reading and writing them. What two processes may write at
 * the same time is written under a condition, which the store checks. Futures complete on the loop.
 */
public final class GcBucket {
    static final String CLUSTER_KEY = "gc/cluster";
    static final String ROUNDS = "gc/rounds/";
    static final String ANSWERS = "gc/answers/";
    static final String PROBES = "gc/probe/";

    private static final int MAX_COLLECTORS = 1000;
    private static final String OTHER_ETAG = "\"00000000000000000000000000000000\"";

    private final GcObjects objects;

    public GcBucket(ObjectStore store, Loop loop) {
        this.objects = new GcObjects(store, loop);
    }

    /** The cluster that the bucket belongs to; empty as long as it has no owner. Never changes once it has one. */
    public CompletableFuture<Optional<String>> cluster() {
        return text(CLUSTER_KEY).thenApply(text -> text.map(GcText::cluster));
    }

    /** Takes the bucket if it has no owner, and completes with the owner. */
    public CompletableFuture<String> claim(String clusterId) {
        byte[] bytes = GcObjects.bytes(0, GcText.ofCluster(clusterId));
        return unlessConflict(objects.putIf(CLUSTER_KEY, bytes, PutCondition.absent()))
                .thenCompose(done -> cluster())
                .thenApply(owner -> owner.orElseThrow(() -> new ObjectStoreException(
                        Kind.UNAVAILABLE, CLUSTER_KEY + " is missing right after its PUT", null)));
    }

    /**
     * Fails with INVALID on a store that ignores conditions: there two clusters could both own a bucket, and two processes
     * could both answer as one broker.
     */
    public CompletableFuture<Void> probeConditions(int broker) {
        String key = PROBES + broker;
        byte[] bytes = GcObjects.bytes(0, "probe\n");
        return objects.put(key, bytes)
                .thenCompose(done -> objects.info(key))
                .thenCompose(seen -> refuses(key, bytes, PutCondition.absent())
                        .thenCompose(done -> refuses(key, bytes, PutCondition.matches(OTHER_ETAG)))
                        .thenCompose(done -> objects.putIf(key, bytes, PutCondition.unchanged(seen))))
                // A broker may have no permission to delete; the object is small, and the next probe replaces it.
                .thenCompose(done -> objects.delete(List.of(key)).exceptionally(failure -> null));
    }

    private CompletableFuture<Void> refuses(String key, byte[] bytes, PutCondition condition) {
        return objects.putIf(key, bytes, condition)
                .<Void>thenCompose(etag -> CompletableFuture.failedFuture(new ObjectStoreException(
                        Kind.INVALID,
                        "the object store ignores the conditions If-None-Match and If-Match of a PUT: it must check them,"
                                + " because they decide which cluster owns a bucket. Use a store or a version that does",
                        null)))
                .exceptionallyCompose(failure -> GcObjects.is(failure, Kind.CONFLICT)
                        ? CompletableFuture.completedFuture(null)
                        : CompletableFuture.failedFuture(failure));
    }

    /** The newest round of a collector, unless that is the one that is known; so it costs 64 bytes most of the time. */
    public CompletableFuture<Optional<GcRound>> newRound(int collector, long known) {
        String key = ROUNDS + collector;
        return objects.header(key)
                .thenCompose(header -> header.isEmpty() || header.get().id() == known
                        ? CompletableFuture.completedFuture(Optional.empty())
                        : round(key, header.get()).thenApply(Optional::of));
    }

    /** The last round of each broker that ever was a collector. */
    public CompletableFuture<List<GcRound>> rounds() {
        return objects.list(ROUNDS, "", MAX_COLLECTORS).thenCompose(listing -> {
            List<CompletableFuture<Optional<GcRound>>> reads = listing.objects().stream()
                    .map(object -> newest(object.key()))
                    .toList();
            return all(reads)
                    .thenApply(
                            rounds -> rounds.stream().flatMap(Optional::stream).toList());
        });
    }

    /** When the round that was read was written, by the store's clock, or a later time. */
    public CompletableFuture<Long> writtenMs(GcRound round) {
        return objects.info(ROUNDS + round.collector())
                .thenApply(info -> info.map(ObjectInfo::modifiedMs).orElse(Long.MAX_VALUE));
    }

    /** The broker's last answer, whatever round it belongs to. */
    public CompletableFuture<Optional<Reply>> answer(int broker) {
        String key = ANSWERS + broker;
        return objects.header(key)
                .thenCompose(header -> header.isEmpty()
                        ? CompletableFuture.completedFuture(Optional.empty())
                        : reply(key, header.get()));
    }

    /** The broker's answer if it is one to this round. */
    public CompletableFuture<Optional<Reply>> answer(int broker, long round) {
        String key = ANSWERS + broker;
        return objects.header(key)
                .thenCompose(header -> header.isEmpty() || header.get().id() != round
                        ? CompletableFuture.completedFuture(Optional.empty())
                        : reply(key, header.get()));
    }

    /** Looks at the time last: if the answer was replaced meanwhile, the time is later, which only counts against it. */
    private CompletableFuture<Optional<Reply>> reply(String key, GcHeader header) {
        return answer(key, header)
                .thenCompose(answer -> objects.info(key)
                        .thenApply(info -> info.map(object -> new Reply(answer, object.modifiedMs()))));
    }

    /** The answer that is there in a broker's name, to replace it only if it is still the same. */
    public CompletableFuture<Optional<ObjectInfo>> answerInfo(int broker) {
        return objects.info(ANSWERS + broker);
    }

    /**
     * Writes a round, with the floors of the one that it replaces, and completes with the store's time of it. A repeated
     * PUT must not make the round look younger than the first answers to it, so it is written under a condition, and read
     * back when the store reports a conflict.
     */
    public CompletableFuture<Long> write(GcRound round) {
        String key = ROUNDS + round.collector();
        return objects.info(key)
                .thenCompose(seen -> above(key, seen, round)
                        .thenCompose(whole -> unlessConflict(objects.putIf(
                                key, GcObjects.bytes(whole.id(), GcText.of(whole)), PutCondition.unchanged(seen)))))
                .thenCompose(done -> objects.info(key))
                .thenCompose(info -> objects.header(key).thenApply(header -> {
                    if (info.isEmpty() || header.isEmpty() || header.get().id() != round.id()) {
                        throw new ObjectStoreException(
                                Kind.CONFLICT, "another process writes rounds as broker " + round.collector(), null);
                    }
                    return info.get().modifiedMs();
                }));
    }

    /**
     * Another process of this broker may have written the round that is there, and may know more objects: it may delete by
     * floors that only this round tells to brokers that start. If it is not the one that was seen, the PUT fails.
     */
    private CompletableFuture<GcRound> above(String key, Optional<ObjectInfo> seen, GcRound round) {
        return seen.isEmpty()
                ? CompletableFuture.completedFuture(round)
                : newest(key)
                        .thenApply(before -> before.map(replaced -> round.above(replaced.floors()
                                        .rememberedAt(seen.get().modifiedMs())))
                                .orElse(round));
    }

    /** Whether an answer fits into an object. */
    public static boolean fits(ReferenceReport account) {
        long bytes = 0;
        for (ReferenceReport.Kept kept : account.byIncarnation().values()) {
            bytes += SequenceBitmaps.bytes(kept.sequences()) + MAX_KEPT_LINE_BYTES;
        }
        return bytes <= GcHeader.MAX_BODY_BYTES / 2;
    }

    /** More than the longest line: names of 32 and 255 characters and three numbers. */
    private static final int MAX_KEPT_LINE_BYTES = 400;

    /**
     * Replaces the answer in a broker's name under the condition, and completes with what the store says of it. Fails with
     * CONFLICT when another process has written it meanwhile.
     */
    public CompletableFuture<ObjectInfo> write(Answer answer, PutCondition condition) {
        String key = ANSWERS + answer.broker();
        return objects.putIf(key, bytes(answer), condition)
                .thenCompose(etag -> objects.info(key)
                        .thenApply(info -> info.filter(object -> object.etag().equals(etag))
                                .orElseThrow(() -> new ObjectStoreException(
                                        Kind.CONFLICT, key + " was replaced by another process", null))));
    }

    private static byte[] bytes(Answer answer) {
        Map<WriterIncarnation, Integer> lengths = new LinkedHashMap<>();
        answer.account().byIncarnation().forEach((incarnation, kept) -> {
            kept.sequences().compact();
            lengths.put(incarnation, Math.toIntExact(SequenceBitmaps.bytes(kept.sequences())));
        });
        byte[] text = GcText.of(answer, lengths).getBytes(StandardCharsets.UTF_8);
        int bitmaps = lengths.values().stream().reduce(0, Math::addExact);
        ByteBuffer bytes = ByteBuffer.allocate(GcHeader.BYTES + text.length + bitmaps);
        bytes.position(GcHeader.BYTES).put(text);
        answer.account().byIncarnation().values().forEach(kept -> SequenceBitmaps.write(kept.sequences(), bytes));
        return GcObjects.withHeader(answer.round(), bytes.array(), text.length);
    }

    CompletableFuture<Listing> list(String prefix, String startAfter, int maxKeys) {
        return objects.list(prefix, startAfter, maxKeys);
    }

    CompletableFuture<Void> delete(Collection<ObjectInfo> victims) {
        return objects.delete(victims.stream().map(ObjectInfo::key).toList());
    }

    private CompletableFuture<Optional<GcRound>> newest(String key) {
        return objects.header(key)
                .thenCompose(header -> header.isEmpty()
                        ? CompletableFuture.completedFuture(Optional.empty())
                        : round(key, header.get()).thenApply(Optional::of));
    }

    private CompletableFuture<GcRound> round(String key, GcHeader header) {
        return objects.body(key, header).thenApply(body -> {
            GcRound round = GcText.round(text(body, header));
            check(round.id() == header.id() && header.textLength() == body.length, "id in the header of " + key);
            return round;
        });
    }

    private CompletableFuture<Answer> answer(String key, GcHeader header) {
        return objects.body(key, header).thenApply(body -> {
            int textLength = header.textLength();
            Answer answer =
                    GcText.answer(text(body, header), ByteBuffer.wrap(body, textLength, body.length - textLength));
            check(answer.round() == header.id(), "id in the header of " + key);
            return answer;
        });
    }

    private CompletableFuture<Optional<String>> text(String key) {
        return objects.header(key)
                .thenCompose(header -> header.isEmpty()
                        ? CompletableFuture.completedFuture(Optional.empty())
                        : objects.body(key, header.get()).thenApply(body -> Optional.of(text(body, header.get()))));
    }

    private static String text(byte[] body, GcHeader header) {
        return new String(body, 0, header.textLength(), StandardCharsets.UTF_8);
    }

    /** Completes in any case in which the object may be there now; the caller reads what is there. */
    private static CompletableFuture<Void> unlessConflict(CompletableFuture<String> put) {
        return put.<Void>thenApply(etag -> null)
                .exceptionallyCompose(failure -> GcObjects.is(failure, Kind.CONFLICT)
                        ? CompletableFuture.completedFuture(null)
                        : CompletableFuture.failedFuture(failure));
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
