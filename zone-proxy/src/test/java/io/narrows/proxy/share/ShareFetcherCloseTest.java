package io.narrows.proxy.share;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.proxy.fake.KnownCluster;
import io.narrows.relay.loop.ManualLoop;
import io.narrows.router.topology.ClusterView;
import io.narrows.router.upstream.ClientUpstream;
import io.narrows.router.upstream.ResponseReader;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ShareFetchRequestData;
import org.apache.kafka.common.message.ShareFetchRequestData.FetchPartition;
import org.apache.kafka.common.message.ShareFetchRequestData.FetchTopic;
import org.junit.jupiter.api.Test;

/** A share consumer of a topic that no broker has told about yet, which leaves. */
final class ShareFetcherCloseTest {
    private final ManualLoop loop = new ManualLoop(0);
    private final UnansweredCluster cluster = new UnansweredCluster();
    private final ShareFetcher fetcher = new ShareFetcher(
            new ShareFetcher.Dependencies(new NoBrokers(), cluster, loop, new Random(5), new ShareCapacity()));

    @Test
    void aFetchWhoseLeadersAreLookedUpEndsWhenTheClientLeaves() {
        CompletableFuture<?> reply = fetcher.fetch(call(0));
        fetcher.close();
        assertThat(reply).isCompletedExceptionally();
        cluster.lookUp.complete(cluster.view());
        loop.runPending();
    }

    @Test
    void fetchesThatWaitForTheirTurnEndWhenTheClientLeaves() {
        CompletableFuture<?> first = fetcher.fetch(call(0));
        CompletableFuture<?> second = fetcher.fetch(call(1));
        CompletableFuture<?> third = fetcher.acknowledge(call(2));
        assertThat(second).isNotDone();
        fetcher.close();
        assertThat(first).isCompletedExceptionally();
        assertThat(second).isCompletedExceptionally();
        assertThat(third).isCompletedExceptionally();
    }

    @Test
    void aFetchAfterTheClientHasLeftFails() {
        fetcher.close();
        assertThat(fetcher.fetch(call(0))).isCompletedExceptionally();
        assertThat(fetcher.acknowledge(call(0))).isCompletedExceptionally();
    }

    private static ShareCall call(int epoch) {
        FetchTopic topic = new FetchTopic().setTopicId(new Uuid(1, 2));
        topic.partitions().add(new FetchPartition().setPartitionIndex(0));
        ShareFetchRequestData request = new ShareFetchRequestData()
                .setGroupId("group")
                .setMemberId("member")
                .setShareSessionEpoch(epoch)
                .setMaxWaitMs(500);
        request.topics().add(topic);
        return new ShareCall((short) 2, "test", request);
    }

    private static final class UnansweredCluster implements KnownCluster {
        private final CompletableFuture<ClusterView> lookUp = new CompletableFuture<>();

        @Override
        public ClusterView view() {
            return ClusterView.of("cluster", 1, Map.of(), List.of());
        }

        @Override
        public CompletableFuture<ClusterView> refreshTopicIds(Set<UUID> ids) {
            return lookUp;
        }
    }

    private static final class NoBrokers implements ClientUpstream {
        @Override
        public <T> CompletableFuture<T> send(Use use, int brokerId, Request request, ResponseReader<T> reader) {
            throw new AssertionError("no leader is known");
        }

        @Override
        public void introduce(String softwareName, String softwareVersion) {}

        @Override
        public int fetchBytes(String clientId) {
            return Integer.MAX_VALUE;
        }

        @Override
        public void pauseFetches() {}

        @Override
        public void resumeFetches() {}

        @Override
        public void close() {}
    }
}
