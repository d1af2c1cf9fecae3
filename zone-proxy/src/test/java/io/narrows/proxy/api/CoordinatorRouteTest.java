package io.narrows.proxy.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.proxy.fake.FakeCluster;
import io.narrows.proxy.fake.FakeUpstream;
import io.narrows.relay.loop.ManualLoop;
import io.narrows.router.upstream.ClientUpstream;
import io.narrows.router.upstream.ResponseReader;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.requests.AbstractRequest;
import org.junit.jupiter.api.Test;

final class CoordinatorRouteTest {
    private static final short VERSION = 5;

    private final List<Long> timesMs = new ArrayList<>();
    private final FakeUpstream upstream = new FakeUpstream(new FakeCluster());
    private final CoordinatorRoute route =
            new CoordinatorRoute(new Coordinators(upstream, new ManualLoop(0)), new Times());

    @Test
    void aCoordinatorHasTheTimeToRefuseTimesThatMakeNoSense() {
        join(Integer.MIN_VALUE);
        join(-1);
        join(300_000);
        join(Integer.MAX_VALUE);
        assertThat(timesMs).containsExactly(60_000L, 60_000L, 360_000L, 60_000L + Integer.MAX_VALUE);
    }

    private void join(int timeoutMs) {
        JoinGroupRequestData request =
                new JoinGroupRequestData().setSessionTimeoutMs(timeoutMs).setRebalanceTimeoutMs(timeoutMs);
        AbstractRequest parsed = AbstractRequest.parseRequest(
                        ApiKeys.JOIN_GROUP, VERSION, MessageUtil.toByteBufferAccessor(request, VERSION))
                .request;
        CompletableFuture<?> unused =
                route.send(1, new ApiCall(ApiKeys.JOIN_GROUP, "test", parsed, records -> Unpooled.EMPTY_BUFFER));
    }

    /** Notes how long it may take. */
    private final class Times implements ClientUpstream {
        @Override
        public <T> CompletableFuture<T> send(Use use, int brokerId, Request request, ResponseReader<T> reader) {
            timesMs.add(request.timeoutMs());
            return new CompletableFuture<>();
        }

        @Override
        public void introduce(String softwareName, String softwareVersion) {}

        @Override
        public int fetchBytes(String clientId) {
            return 0;
        }

        @Override
        public void pauseFetches() {}

        @Override
        public void resumeFetches() {}

        @Override
        public void close() {}
    }
}
