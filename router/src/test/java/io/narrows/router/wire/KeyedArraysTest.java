package io.narrows.router.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTopic;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.utils.ImplicitLinkedHashCollection;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class KeyedArraysTest {
    private static final int REPEATED = 600;

    @Test
    void partitionsThatCollideAreRefusedBeforeTheyAreRead() {
        refuses(ApiKeys.SHARE_FETCH, (short) 1, shareFetch(10_000, number -> 7));
        refuses(ApiKeys.SHARE_FETCH, (short) 1, shareFetch(10_000, number -> 20_003 * number));
        takes(ApiKeys.SHARE_FETCH, (short) 1, shareFetch(50_000, number -> number));
        takes(ApiKeys.SHARE_FETCH, (short) 1, shareFetch(50_000, number -> number * 8191));
    }

    @Test
    void namesWithOneHashAreRefused() {
        refuses(ApiKeys.METADATA, (short) 12, bytes(metadata(KeyedArraysTest::collidingName), (short) 12));
        takes(ApiKeys.METADATA, (short) 12, bytes(metadata(number -> "topic-" + number), (short) 12));
        refuses(ApiKeys.LIST_OFFSETS, (short) 7, bytes(listOffsets(KeyedArraysTest::collidingName), (short) 7));
        takes(ApiKeys.LIST_OFFSETS, (short) 7, bytes(listOffsets(number -> "topic-" + number), (short) 7));
    }

    /** Those with ids are looked up in parts; without ids each is one of a broker's error response, in one table. */
    @Test
    void manyTopicsWithoutANameAreRefusedUnlessTheyHaveIds() {
        MetadataRequestData named = new MetadataRequestData();
        MetadataRequestData nobody = new MetadataRequestData();
        for (int i = 1; i <= 10_000; i++) {
            named.topics()
                    .add(new MetadataRequestTopic().setTopicId(new Uuid(i, i)).setName(i % 2 == 0 ? null : ""));
            nobody.topics().add(new MetadataRequestTopic().setName(null));
        }
        for (short version = 12; version <= ApiKeys.METADATA.latestVersion(); version++) {
            takes(ApiKeys.METADATA, version, bytes(named, version));
            refuses(ApiKeys.METADATA, version, bytes(nobody, version));
        }
        refuses(ApiKeys.METADATA, (short) 11, bytes(nobody, (short) 11));
    }

    @Test
    void arraysOfOneRequestCountTogether() {
        AddPartitionsToTxnRequestData request = new AddPartitionsToTxnRequestData().setV3AndBelowTransactionalId("id");
        for (int topic = 0; topic < 100; topic++) {
            request.v3AndBelowTopics()
                    .add(new AddPartitionsToTxnTopic()
                            .setName("topic-" + topic)
                            .setPartitions(IntStream.range(0, 1_000).boxed().toList()));
        }
        refuses(ApiKeys.ADD_PARTITIONS_TO_TXN, (short) 3, bytes(request, (short) 3));
    }

    /** By reflection, so that a collection that is missing in the table, or has another name there, is found. */
    @Test
    void everyKeyedCollectionOfARequestIsKnown() throws ReflectiveOperationException {
        Set<ApiKeys> keyed = EnumSet.noneOf(ApiKeys.class);
        for (ApiKeys api : ApiKeys.clientApis()) {
            for (List<Method> path : paths(api.messageType.newRequest().getClass(), List.of())) {
                for (short version = api.oldestVersion(); version <= api.latestVersion(); version++) {
                    ByteBuffer request = withRepeatedElement(api, version, path);
                    if (request != null) {
                        keyed.add(api);
                        if (!KeyedArrays.PRESIZED.contains(api)) {
                            refuses(api, version, request);
                        }
                    }
                }
            }
        }
        assertThat(keyed)
                .contains(
                        ApiKeys.PRODUCE,
                        ApiKeys.SHARE_FETCH,
                        ApiKeys.CREATE_TOPICS,
                        ApiKeys.JOIN_GROUP,
                        ApiKeys.INCREMENTAL_ALTER_CONFIGS,
                        ApiKeys.OFFSET_FOR_LEADER_EPOCH);
    }

    @Test
    void requestsOfAllVersionsCanBeWalked() {
        for (ApiKeys api : KeyedArrays.apis()) {
            for (short version = api.oldestVersion(); version <= api.latestVersion(); version++) {
                ByteBuffer bytes = ByteBuffer.allocate(1_000);
                bytes.put(bytes(api.messageType.newRequest(), version)).clear();
                takes(api, version, bytes);
            }
        }
    }

    /** Ways from a message to keyed collections: the getters of collections in collections. */
    private static List<List<Method>> paths(Class<?> message, List<Method> before) {
        List<List<Method>> paths = new ArrayList<>();
        for (Method getter : message.getDeclaredMethods()) {
            if (getter.getParameterCount() == 0 && Collection.class.isAssignableFrom(getter.getReturnType())) {
                List<Method> path = new ArrayList<>(before);
                path.add(getter);
                if (ImplicitLinkedHashCollection.class.isAssignableFrom(getter.getReturnType())) {
                    paths.add(path);
                }
                Class<?> element = element(getter);
                if (element.getName().contains("RequestData")) {
                    paths.addAll(paths(element, path));
                }
            }
        }
        return paths;
    }

    private static Class<?> element(Method getter) {
        ParameterizedType type = getter.getGenericReturnType() instanceof ParameterizedType list
                ? list
                : (ParameterizedType) getter.getReturnType().getGenericSuperclass();
        return (Class<?>) type.getActualTypeArguments()[0];
    }

    /** Null if the version does not have the collection. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    private static @Nullable ByteBuffer withRepeatedElement(ApiKeys api, short version, List<Method> path)
            throws ReflectiveOperationException {
        ApiMessage request = api.messageType.newRequest();
        Object place = request;
        for (Method getter : path.subList(0, path.size() - 1)) {
            Object one = element(getter).getConstructor().newInstance();
            Collection collection = (Collection) getter.invoke(place);
            if (collection == null || !collection.add(one)) {
                return null;
            }
            place = one;
        }
        Method last = path.get(path.size() - 1);
        // With so much room that it need not grow.
        Collection repeated =
                (Collection) last.getReturnType().getConstructor(int.class).newInstance(10 * REPEATED);
        for (int i = 0; i < REPEATED; i++) {
            repeated.add(element(last).getConstructor().newInstance());
        }
        place.getClass()
                .getMethod(
                        "set" + Character.toUpperCase(last.getName().charAt(0))
                                + last.getName().substring(1),
                        last.getReturnType())
                .invoke(place, repeated);
        try {
            ByteBuffer bytes = bytes(request, version);
            return bytes.remaining() > 2 * REPEATED ? bytes : null;
        } catch (RuntimeException e) {
            return null;
        }
    }

    /** Two characters out of two with the same hash, repeatedly. */
    private static String collidingName(int number) {
        StringBuilder name = new StringBuilder();
        for (int bit = 0; bit < 14; bit++) {
            name.append(((number >> bit) & 1) == 0 ? "Aa" : "BB");
        }
        return name.toString();
    }

    /** By hand: Kafka's class would take minutes to make it. */
    private static ByteBuffer shareFetch(int partitions, IntUnaryOperator index) {
        ByteBuffer body = ByteBuffer.allocate(100 + 6 * partitions);
        body.put((byte) 1)
                .put((byte) 1)
                .putInt(0)
                .putInt(0)
                .putInt(0)
                .putInt(0)
                .putInt(0)
                .putInt(0);
        body.put((byte) 2).putLong(1).putLong(2);
        int count = partitions + 1;
        for (; count > 0x7f; count >>>= 7) {
            body.put((byte) ((count & 0x7f) | 0x80));
        }
        body.put((byte) count);
        for (int i = 0; i < partitions; i++) {
            body.putInt(index.applyAsInt(i)).put((byte) 1).put((byte) 0);
        }
        return body.put((byte) 0).put((byte) 1).put((byte) 0).flip();
    }

    private static MetadataRequestData metadata(IntFunction<String> name) {
        MetadataRequestData request = new MetadataRequestData();
        for (int i = 0; i < 1_000; i++) {
            request.topics().add(new MetadataRequestTopic().setName(name.apply(i)));
        }
        return request;
    }

    private static ListOffsetsRequestData listOffsets(IntFunction<String> name) {
        ListOffsetsRequestData request = new ListOffsetsRequestData();
        for (int i = 0; i < 10_000; i++) {
            request.topics()
                    .add(new ListOffsetsTopic()
                            .setName(name.apply(i))
                            .setPartitions(List.of(new ListOffsetsPartition().setPartitionIndex(0))));
        }
        return request;
    }

    private static ByteBuffer bytes(ApiMessage request, short version) {
        return MessageUtil.toByteBufferAccessor(request, version).buffer();
    }

    private static void refuses(ApiKeys api, short version, ByteBuffer body) {
        assertThatThrownBy(() -> KeyedArrays.check(api, version, new ByteBufferAccessor(body.duplicate())))
                .as("%s version %s", api, version)
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("send the request in parts");
    }

    private static void takes(ApiKeys api, short version, ByteBuffer body) {
        assertThatCode(() -> KeyedArrays.check(api, version, new ByteBufferAccessor(body.duplicate())))
                .as("%s version %s", api, version)
                .doesNotThrowAnyException();
    }
}
