package io.narrows.router.topology;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.kafka.common.message.MetadataRequestData;

/** What the next Metadata requests will ask for, and who waits for the answers. Owned by the router's loop. */
final class Refresh {
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

    Refresh names(Set<String> more, Topology.AutoCreate autoCreate) {
        (autoCreate == Topology.AutoCreate.ALLOWED ? namesToCreate : names).addAll(more);
        return want();
    }

    /** Names from the view, which does not make their topics used. */
    Refresh known(Set<String> more) {
        namesKnown.addAll(more);
        return want();
    }

    Refresh ids(Set<UUID> more) {
        ids.addAll(more);
        return want();
    }

    void tell(CompletableFuture<ClusterView> waiter) {
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

    /** One request per kind: a broker ignores names in a request that has ids, and creation is per request. */
    List<MetadataRequestData> requests() {
        Set<String> plain = new HashSet<>(names);
        plain.addAll(namesKnown);
        plain.removeAll(namesToCreate);
        List<MetadataRequestData> requests = new ArrayList<>();
        if (!namesToCreate.isEmpty()) {
            requests.add(request(namesToCreate.stream().map(Refresh::named)).setAllowAutoTopicCreation(true));
        }
        if (!ids.isEmpty()) {
            requests.add(request(ids.stream()
                    .map(id -> new MetadataRequestData.MetadataRequestTopic()
                            .setName(null)
                            .setTopicId(MetadataMerge.toKafka(id)))));
        }
        if (!plain.isEmpty() || requests.isEmpty()) {
            requests.add(request(plain.stream().map(Refresh::named)));
        }
        return requests;
    }

    private static MetadataRequestData.MetadataRequestTopic named(String name) {
        return new MetadataRequestData.MetadataRequestTopic().setName(name);
    }

    private static MetadataRequestData request(Stream<MetadataRequestData.MetadataRequestTopic> topics) {
        return new MetadataRequestData().setTopics(topics.toList()).setAllowAutoTopicCreation(false);
    }
}
