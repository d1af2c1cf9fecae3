package io.narrows.router.topology;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.kafka.common.message.MetadataRequestData;

/** What the next Metadata requests will ask for, and who waits for the answers. Owned by the router's loop. */
final class Refresh {
    /**
     * Topics that do not exist have no name in the response, or names with hashes that a client has chosen. Kafka's class
     * for the response takes n * n * n steps for n of these: a millisecond for a hundred, half a second for a thousand.
     */
    static final int MAX_UNKNOWN = 100;

    private final Set<String> names = new HashSet<>();
    private final Set<String> namesKnown = new HashSet<>();
    private final Set<String> namesToCreate = new HashSet<>();
    private final Set<UUID> ids = new HashSet<>();
    private final List<CompletableFuture<ClusterView>> waiting = new ArrayList<>();
    private boolean wanted;

    /** Nothing in particular: the brokers alone. */
    Refresh want() {
        wanted = true;
        return this;
    }

    Refresh names(Collection<String> more, Topology.AutoCreate autoCreate) {
        (autoCreate == Topology.AutoCreate.ALLOWED ? namesToCreate : names).addAll(more);
        return want();
    }

    /** Names from the view, which does not make their topics used. */
    Refresh known(Set<String> more) {
        namesKnown.addAll(more);
        return want();
    }

    Refresh ids(Collection<UUID> more) {
        ids.addAll(more);
        return want();
    }

    void addWaiter(CompletableFuture<ClusterView> waiter) {
        waiting.add(waiter);
    }

    boolean isWanted() {
        return wanted;
    }

    /** The topics of the view that a client asked for. */
    Set<UUID> uses(ClusterView view) {
        Set<UUID> uses = new HashSet<>(ids);
        for (Set<String> asked : List.of(names, namesToCreate)) {
            for (String name : asked) {
                TopicView topic = view.topicsByName().get(name);
                if (topic != null) {
                    uses.add(topic.id());
                }
            }
        }
        return uses;
    }

    List<CompletableFuture<ClusterView>> waiting() {
        return waiting;
    }

    /**
     * One request per kind, since a broker ignores names in a request that has ids, and creation is per request; and one per
     * {@link #MAX_UNKNOWN} names or ids that may not exist.
     */
    List<MetadataRequestData> requests(ClusterView view) {
        Set<String> plain = new HashSet<>(names);
        plain.addAll(namesKnown);
        plain.removeAll(namesToCreate);
        List<String> known =
                plain.stream().filter(view.topicsByName()::containsKey).toList();
        List<String> unknown = plain.stream()
                .filter(name -> !view.topicsByName().containsKey(name))
                .toList();
        List<MetadataRequestData> requests = new ArrayList<>();
        parts(List.copyOf(namesToCreate))
                .forEach(part ->
                        requests.add(request(part.stream().map(Refresh::named)).setAllowAutoTopicCreation(true)));
        parts(List.copyOf(ids))
                .forEach(part -> requests.add(request(part.stream().map(Refresh::withId))));
        parts(unknown).forEach(part -> requests.add(request(part.stream().map(Refresh::named))));
        if (!known.isEmpty() || requests.isEmpty()) {
            requests.add(request(known.stream().map(Refresh::named)));
        }
        return requests;
    }

    private static <T> List<List<T>> parts(List<T> all) {
        List<List<T>> parts = new ArrayList<>();
        for (int start = 0; start < all.size(); start += MAX_UNKNOWN) {
            parts.add(all.subList(start, Math.min(all.size(), start + MAX_UNKNOWN)));
        }
        return parts;
    }

    private static MetadataRequestData.MetadataRequestTopic withId(UUID id) {
        return new MetadataRequestData.MetadataRequestTopic().setName(null).setTopicId(MetadataMerge.toKafka(id));
    }

    private static MetadataRequestData.MetadataRequestTopic named(String name) {
        return new MetadataRequestData.MetadataRequestTopic().setName(name);
    }

    private static MetadataRequestData request(Stream<MetadataRequestData.MetadataRequestTopic> topics) {
        return new MetadataRequestData().setTopics(topics.toList()).setAllowAutoTopicCreation(false);
    }
}
