package io.narrows.proxy.api;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.ConsumerGroupDescribeRequestData;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsRequestData;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.ShareGroupDescribeRequestData;
import org.apache.kafka.common.message.ShareGroupDescribeResponseData;
import org.apache.kafka.common.message.StreamsGroupDescribeRequestData;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;

/**
 * A request about several groups: each group's part goes to its coordinator, the answers become one. One per API and
 * client connection.
 */
final class GroupsApi implements Api {
    private static final Map<ApiKeys, Parts> PARTS = Map.of(
            ApiKeys.OFFSET_FETCH, new OffsetFetches(),
            ApiKeys.DESCRIBE_GROUPS, new DescribedGroups(),
            ApiKeys.CONSUMER_GROUP_DESCRIBE, new DescribedConsumerGroups(),
            ApiKeys.DELETE_GROUPS, new DeletedGroups(),
            ApiKeys.SHARE_GROUP_DESCRIBE, new DescribedShareGroups(),
            ApiKeys.STREAMS_GROUP_DESCRIBE, new DescribedStreamsGroups(),
            ApiKeys.DESCRIBE_SHARE_GROUP_OFFSETS, new DescribedShareOffsets());

    static final Set<ApiKeys> KEYS = PARTS.keySet();

    /** What changes groups or reads what was changed. */
    private static final Set<ApiKeys> BARRIERS = EnumSet.of(ApiKeys.OFFSET_FETCH, ApiKeys.DELETE_GROUPS);

    private final ApiKeys key;
    private final Parts parts;
    private final CoordinatorRoute route;

    /** A request for one group. */
    private record Part(String groupId, ApiMessage request) {}

    /** How the API's messages are taken apart and put together. */
    private interface Parts {
        List<Part> split(ApiMessage request);

        /** Adds what {@code more} answers to {@code all}; the longest throttle time stays. */
        void merge(ApiMessage all, ApiMessage more);
    }

    /** For one of {@link #KEYS}. */
    GroupsApi(ApiKeys key, CoordinatorRoute route) {
        this.key = key;
        this.parts = Objects.requireNonNull(PARTS.get(key), "no API of several groups");
        this.route = route;
    }

    @Override
    public ApiKeys key() {
        return key;
    }

    @Override
    public ExecutionOrder order() {
        return BARRIERS.contains(key) ? ExecutionOrder.BARRIER : ExecutionOrder.ANY;
    }

    @Override
    public CompletableFuture<Answer> answer(ApiCall call, Client client) {
        List<Part> split = parts.split(call.message());
        if (split.size() == 1) {
            return route.toGroup(split.get(0).groupId(), call, GroupApi.UNREACHABLE);
        }
        List<CompletableFuture<Answer>> answers = split.stream()
                .map(part -> route.toGroup(part.groupId(), call.with(part.request()), GroupApi.UNREACHABLE))
                .toList();
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .thenApply(unused -> Merged.of(answers, key.messageType.newResponse(), parts::merge));
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

    private static final class DescribedShareGroups implements Parts {
        @Override
        public List<Part> split(ApiMessage request) {
            ShareGroupDescribeRequestData data = (ShareGroupDescribeRequestData) request;
            return data.groupIds().stream()
                    .map(group -> new Part(group, data.duplicate().setGroupIds(List.of(group))))
                    .toList();
        }

        @Override
        public void merge(ApiMessage all, ApiMessage more) {
            ShareGroupDescribeResponseData sum = (ShareGroupDescribeResponseData) all;
            ShareGroupDescribeResponseData part = (ShareGroupDescribeResponseData) more;
            sum.groups().addAll(part.groups());
            sum.setThrottleTimeMs(Math.max(sum.throttleTimeMs(), part.throttleTimeMs()));
        }
    }

    private static final class DescribedStreamsGroups implements Parts {
        @Override
        public List<Part> split(ApiMessage request) {
            StreamsGroupDescribeRequestData data = (StreamsGroupDescribeRequestData) request;
            return data.groupIds().stream()
                    .map(group -> new Part(group, data.duplicate().setGroupIds(List.of(group))))
                    .toList();
        }

        @Override
        public void merge(ApiMessage all, ApiMessage more) {
            StreamsGroupDescribeResponseData sum = (StreamsGroupDescribeResponseData) all;
            StreamsGroupDescribeResponseData part = (StreamsGroupDescribeResponseData) more;
            sum.groups().addAll(part.groups());
            sum.setThrottleTimeMs(Math.max(sum.throttleTimeMs(), part.throttleTimeMs()));
        }
    }

    private static final class DescribedShareOffsets implements Parts {
        @Override
        public List<Part> split(ApiMessage request) {
            DescribeShareGroupOffsetsRequestData data = (DescribeShareGroupOffsetsRequestData) request;
            return data.groups().stream()
                    .map(group -> new Part(group.groupId(), data.duplicate().setGroups(List.of(group))))
                    .toList();
        }

        @Override
        public void merge(ApiMessage all, ApiMessage more) {
            DescribeShareGroupOffsetsResponseData sum = (DescribeShareGroupOffsetsResponseData) all;
            DescribeShareGroupOffsetsResponseData part = (DescribeShareGroupOffsetsResponseData) more;
            sum.groups().addAll(part.groups());
            sum.setThrottleTimeMs(Math.max(sum.throttleTimeMs(), part.throttleTimeMs()));
        }
    }
}
