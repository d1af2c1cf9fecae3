package io.narrows.proxy.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.proxy.fake.FakeUpstream.Sent;
import io.narrows.router.upstream.Upstream.Target.BrokerId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DeleteGroupsResponseData.DeletableGroupResult;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.DescribeGroupsResponseData.DescribedGroup;
import org.apache.kafka.common.message.DescribeTransactionsRequestData;
import org.apache.kafka.common.message.DescribeTransactionsResponseData;
import org.apache.kafka.common.message.DescribeTransactionsResponseData.TransactionState;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Lists of names, which brokers 0 to 2 coordinate by the names' numbers. */
final class CoordinatedListApiTest {
    private static final int BROKERS = 3;

    private final ApiHarness harness = new ApiHarness();
    private final ClientApis apis =
            harness.connect(new Client("User", "ANONYMOUS", "10.0.0.9", ApiHarness.AT, "test-client"));
    private int moved;

    @BeforeEach
    void brokers() {
        harness.upstream.answer(ApiKeys.FIND_COORDINATOR, call -> {
            FindCoordinatorResponseData response = new FindCoordinatorResponseData();
            for (String key : ((FindCoordinatorRequestData) call.request()).coordinatorKeys()) {
                response.coordinators()
                        .add(new FindCoordinatorResponseData.Coordinator()
                                .setKey(key)
                                .setNodeId(coordinator(key)));
            }
            return response;
        });
        harness.upstream.answer(ApiKeys.DESCRIBE_GROUPS, call -> {
            DescribeGroupsResponseData response = new DescribeGroupsResponseData();
            for (String group : ((DescribeGroupsRequestData) call.request()).groups()) {
                response.groups().add(new DescribedGroup().setGroupId(group).setErrorCode(errorAt(call, group)));
            }
            return response;
        });
    }

    @Test
    void aListOfManyNamesCostsARequestForEachThousand() {
        List<String> names = names(60_000);

        DescribeGroupsResponseData response = describe(names);

        assertThat(response.groups()).extracting(DescribedGroup::groupId).isEqualTo(names);
        assertThat(response.groups()).extracting(DescribedGroup::errorCode).containsOnly(Errors.NONE.code());
        assertThat(harness.upstream.sent(ApiKeys.FIND_COORDINATOR)).hasSize(60);
        assertThat(harness.upstream.sent(ApiKeys.DESCRIBE_GROUPS)).hasSize(60);
    }

    @Test
    void aLongListLeavesTheCoordinatorsOfOthersRemembered() {
        describe(List.of("g1"));
        describe(names(20_000));
        int before = harness.upstream.sent(ApiKeys.FIND_COORDINATOR).size();

        describe(List.of("g1"));

        assertThat(harness.upstream.sent(ApiKeys.FIND_COORDINATOR)).hasSize(before);
    }

    @Test
    void eachNameHasOneElementInTheOrderOfTheRequest() {
        List<String> names = new ArrayList<>(names(50));
        names.addAll(names(50));
        Collections.shuffle(names, new Random(7));

        DescribeGroupsResponseData response = describe(names);

        assertThat(response.groups())
                .extracting(DescribedGroup::groupId)
                .isEqualTo(names.stream().distinct().toList());
    }

    @Test
    void onlyThoseWithAnotherCoordinatorAreAskedForAgain() {
        describe(List.of("g0"));
        describe(List.of("g1"));
        moved = 1;

        DescribeGroupsResponseData response = describe(List.of("g0", "g1", "g2"));

        assertThat(response.groups()).extracting(DescribedGroup::errorCode).containsOnly(Errors.NONE.code());
        List<Sent> sent = harness.upstream.sent(ApiKeys.DESCRIBE_GROUPS);
        // The two before; then g0 and g1 where they were and g2 where it is; then g0 and g1 where they are.
        assertThat(sent).hasSize(2 + 2 + 2);
        assertThat(sent.subList(4, 6))
                .extracting(call -> ((DescribeGroupsRequestData) call.request()).groups())
                .containsExactlyInAnyOrder(List.of("g0"), List.of("g1"));
    }

    @Test
    void aDeletionWhoseCoordinatorIsLostIsNotRepeated() {
        harness.upstream.answer(ApiKeys.DELETE_GROUPS, call -> {
            if (((BrokerId) call.target()).id() == 1) {
                throw new DisconnectException("lost");
            }
            DeleteGroupsResponseData response = new DeleteGroupsResponseData();
            ((DeleteGroupsRequestData) call.request())
                    .groupsNames()
                    .forEach(group -> response.results().add(new DeletableGroupResult().setGroupId(group)));
            return response;
        });

        DeleteGroupsResponseData response = (DeleteGroupsResponseData) reply(
                ApiKeys.DELETE_GROUPS, 2, new DeleteGroupsRequestData().setGroupsNames(List.of("g0", "g1", "g2")));

        assertThat(response.results())
                .extracting(result -> Errors.forCode(result.errorCode()))
                .containsExactly(Errors.NONE, Errors.NOT_COORDINATOR, Errors.NONE);
        assertThat(harness.upstream.sent(ApiKeys.DELETE_GROUPS)).hasSize(3);
    }

    @Test
    void transactionsAreDividedByCoordinatorToo() {
        harness.upstream.answer(ApiKeys.DESCRIBE_TRANSACTIONS, call -> {
            DescribeTransactionsResponseData response = new DescribeTransactionsResponseData();
            ((DescribeTransactionsRequestData) call.request())
                    .transactionalIds()
                    .forEach(id -> response.transactionStates().add(new TransactionState().setTransactionalId(id)));
            return response;
        });

        DescribeTransactionsResponseData response = (DescribeTransactionsResponseData) reply(
                ApiKeys.DESCRIBE_TRANSACTIONS, 0, new DescribeTransactionsRequestData().setTransactionalIds(names(9)));

        assertThat(response.transactionStates())
                .extracting(TransactionState::transactionalId)
                .isEqualTo(names(9));
        assertThat(harness.upstream.sent(ApiKeys.DESCRIBE_TRANSACTIONS)).hasSize(BROKERS);
    }

    private DescribeGroupsResponseData describe(List<String> groups) {
        return (DescribeGroupsResponseData)
                reply(ApiKeys.DESCRIBE_GROUPS, 5, new DescribeGroupsRequestData().setGroups(groups));
    }

    private ApiMessage reply(ApiKeys key, int version, ApiMessage request) {
        return ((Answer.Reply) harness.answer(apis, key, version, request)).body();
    }

    private short errorAt(Sent call, String group) {
        boolean there = ((BrokerId) call.target()).id() == coordinator(group);
        return (there ? Errors.NONE : Errors.NOT_COORDINATOR).code();
    }

    private int coordinator(String name) {
        return (Integer.parseInt(name.substring(1)) + moved) % BROKERS;
    }

    private static List<String> names(int count) {
        return IntStream.range(0, count).mapToObj(i -> "g" + i).toList();
    }
}
