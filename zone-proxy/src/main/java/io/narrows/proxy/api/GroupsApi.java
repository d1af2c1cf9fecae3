package io.narrows.proxy.api;

import io.narrows.router.upstream.ClientUpstream;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.ConsumerGroupDescribeRequestData;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;

/**
 * A request about several groups: each group's part goes to its coordinator, the answers become one. One per API and
 * client connection.
 */
final class GroupsApi implements Api {
    static final Set<ApiKeys> KEYS = EnumSet.of(
            ApiKeys.OFFSET_FETCH, ApiKeys.DESCRIBE_GROUPS, ApiKeys.CONSUMER_GROUP_DESCRIBE, ApiKeys.DELETE_GROUPS);

    private final ApiKeys key;
    private final ExecutionOrder order;
    private final Parts parts;
    private final Coordinators coordinators;
    private final ClientUpstream upstream;

    /** A request for one group. */
    private record Part(String groupId, ApiMessage request) {}

    /** How the API's messages are taken apart and put together. */
    private interface Parts {
        List<Part> split(ApiMessage request);

        /** Adds what {@code more} answers to {@code all}; the longest throttle time stays. */
        void merge(ApiMessage all, ApiMessage more);
    }

    private GroupsApi(
            ApiKeys key, ExecutionOrder order, Parts parts, Coordinators coordinators, ClientUpstream upstream) {
        this.key = key;
        this.order = order;
        this.parts = parts;
        this.coordinators = coordinators;
        this.upstream = upstream;
    }

    /** The APIs of one client connection. */
    static List<Api> all(Coordinators coordinators, ClientUpstream upstream) {
        return List.of(
                new GroupsApi(
                        ApiKeys.OFFSET_FETCH, ExecutionOrder.BARRIER, new OffsetFetches(), coordinators, upstream),
                new GroupsApi(
                        ApiKeys.DESCRIBE_GROUPS, ExecutionOrder.ANY, new DescribedGroups(), coordinators, upstream),
                new GroupsApi(
                        ApiKeys.CONSUMER_GROUP_DESCRIBE,
                        ExecutionOrder.ANY,
                        new DescribedConsumerGroups(),
                        coordinators,
                        upstream),
                new GroupsApi(
                        ApiKeys.DELETE_GROUPS, ExecutionOrder.BARRIER, new DeletedGroups(), coordinators, upstream));
    }

    @Override
    public ApiKeys key() {
        return key;
    }

    @Override
    public ExecutionOrder order() {
        return order;
    }

    @Override
    public CompletableFuture<Answer> answer(ApiCall call, Client client) {
        List<Part> split = parts.split(call.message());
        if (split.size() == 1) {
            return GroupApi.send(coordinators, upstream, split.get(0).groupId(), call);
        }
        List<CompletableFuture<Answer>> answers = split.stream()
                .map(part -> GroupApi.send(coordinators, upstream, part.groupId(), call.with(part.request())))
                .toList();
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .thenApply(unused -> merge(answers, key.messageType.newResponse()));
    }

    /** All answers are there. */
    private Answer merge(List<CompletableFuture<Answer>> answers, ApiMessage all) {
        int throttleTimeMs = 0;
        for (CompletableFuture<Answer> answer : answers) {
            if (!(answer.getNow(new Answer.Silence()) instanceof Answer.Reply reply)) {
                return new Answer.Hangup("a coordinator's error has no form in " + key);
            }
            parts.merge(all, reply.body());
            throttleTimeMs = Math.max(throttleTimeMs, reply.throttleTimeMs());
        }
        return new Answer.Reply(all, throttleTimeMs);
    }

    /** Until version 7 one group, whose id is in the request; from 8 on a list. */
    private static final class OffsetFetches implements Parts {
        @Override
        public List<Part> split(ApiMessage request) {
            OffsetFetchRequestData data = (OffsetFetchRequestData) request;
            if (data.groups().isEmpty()) {
                return List.of(new Part(data.groupId(), data));
            }
            List<Part> split = new ArrayList<>();
            data.groups().forEach(group -> {
                OffsetFetchRequestData part = new OffsetFetchRequestData().setRequireStable(data.requireStable());
                part.groups().add(group);
                split.add(new Part(group.groupId(), part));
            });
            return split;
        }

        @Override
        public void merge(ApiMessage all, ApiMessage more) {
            OffsetFetchResponseData sum = (OffsetFetchResponseData) all;
            OffsetFetchResponseData part = (OffsetFetchResponseData) more;
            sum.groups().addAll(part.groups());
            sum.setThrottleTimeMs(Math.max(sum.throttleTimeMs(), part.throttleTimeMs()));
        }
    }

    private static final class DescribedGroups implements Parts {
        @Override
        public List<Part> split(ApiMessage request) {
            DescribeGroupsRequestData data = (DescribeGroupsRequestData) request;
            return data.groups().stream()
                    .map(group -> new Part(group, data.duplicate().setGroups(List.of(group))))
                    .toList();
        }

        @Override
        public void merge(ApiMessage all, ApiMessage more) {
            DescribeGroupsResponseData sum = (DescribeGroupsResponseData) all;
            DescribeGroupsResponseData part = (DescribeGroupsResponseData) more;
            sum.groups().addAll(part.groups());
            sum.setThrottleTimeMs(Math.max(sum.throttleTimeMs(), part.throttleTimeMs()));
        }
    }

    private static final class DescribedConsumerGroups implements Parts {
        @Override
        public List<Part> split(ApiMessage request) {
            ConsumerGroupDescribeRequestData data = (ConsumerGroupDescribeRequestData) request;
            return data.groupIds().stream()
                    .map(group -> new Part(group, data.duplicate().setGroupIds(List.of(group))))
                    .toList();
        }

        @Override
        public void merge(ApiMessage all, ApiMessage more) {
            ConsumerGroupDescribeResponseData sum = (ConsumerGroupDescribeResponseData) all;
            ConsumerGroupDescribeResponseData part = (ConsumerGroupDescribeResponseData) more;
            sum.groups().addAll(part.groups());
            sum.setThrottleTimeMs(Math.max(sum.throttleTimeMs(), part.throttleTimeMs()));
        }
    }

    private static final class DeletedGroups implements Parts {
        @Override
        public List<Part> split(ApiMessage request) {
            DeleteGroupsRequestData data = (DeleteGroupsRequestData) request;
            return data.groupsNames().stream()
                    .map(group -> new Part(group, new DeleteGroupsRequestData().setGroupsNames(List.of(group))))
                    .toList();
        }

        @Override
        public void merge(ApiMessage all, ApiMessage more) {
            DeleteGroupsResponseData sum = (DeleteGroupsResponseData) all;
            DeleteGroupsResponseData part = (DeleteGroupsResponseData) more;
            part.results().forEach(result -> sum.results().add(result.duplicate()));
            sum.setThrottleTimeMs(Math.max(sum.throttleTimeMs(), part.throttleTimeMs()));
        }
    }
}
