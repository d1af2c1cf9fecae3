package io.narrows.router.wire;

import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Readable;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.CompactArrayOf;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.Type;
import org.jspecify.annotations.Nullable;

/**
 * Looks at a request's arrays that become keyed collections, here or in a broker's response, before Kafka's classes read
 * them: keys that a client has chosen to collide would keep the reading thread for minutes. Owned by one thread.
 */
public final class KeyedArrays {
    /** Some tens of milliseconds: 4,400 partitions of a topic in a row, or 340 times the same name. */
    private static final long MAX_STEPS = 20_000_000;

    /** From this version on Metadata asks for topics by id, and a broker looks at the ids alone if there are some. */
    private static final short FIRST_METADATA_WITH_IDS = 12;

    /** Those that are read here, into tables that do not grow: {@link ShareRequestReader}. */
    static final Set<ApiKeys> PRESIZED = Set.of(ApiKeys.SHARE_FETCH, ApiKeys.SHARE_ACKNOWLEDGE);

    /** A request with fewer bytes has too few elements to cost much. */
    private static final int MIN_BYTES = 512;

    private static final String ELEMENT = "";

    /** The arrays of an API by name, with the fields that their elements' hashes are made of. */
    private static final Map<ApiKeys, Map<String, List<String>>> KEYS = new EnumMap<>(ApiKeys.class);

    static {
        List<String> name = List.of("name");
        List<String> topic = List.of("topic");
        List<String> index = List.of("partition_index");
        List<String> element = List.of(ELEMENT);
        KEYS.put(ApiKeys.PRODUCE, Map.of("topic_data", List.of("name", "topic_id")));
        KEYS.put(ApiKeys.METADATA, Map.of("topics", name));
        KEYS.put(ApiKeys.DESCRIBE_TOPIC_PARTITIONS, Map.of("topics", name));
        KEYS.put(ApiKeys.JOIN_GROUP, Map.of("protocols", name));
        KEYS.put(ApiKeys.CREATE_TOPICS, Map.of("topics", name, "assignments", index, "configs", name));
        KEYS.put(ApiKeys.CREATE_PARTITIONS, Map.of("topics", name));
        KEYS.put(ApiKeys.DELETE_TOPICS, Map.of("topics", name, "topic_names", element));
        KEYS.put(ApiKeys.DELETE_GROUPS, Map.of("groups_names", element));
        KEYS.put(ApiKeys.DELETE_RECORDS, Map.of("topics", name, "partitions", index));
        KEYS.put(
                ApiKeys.ADD_PARTITIONS_TO_TXN,
                Map.of(
                        "transactions", List.of("transactional_id"),
                        "topics", name,
                        "v3_and_below_topics", name,
                        "partitions", element));
        KEYS.put(ApiKeys.OFFSET_FOR_LEADER_EPOCH, Map.of("topics", topic));
        KEYS.put(ApiKeys.SHARE_FETCH, Map.of("topics", List.of("topic_id"), "partitions", index));
        KEYS.put(ApiKeys.SHARE_ACKNOWLEDGE, Map.of("topics", List.of("topic_id"), "partitions", index));
        KEYS.put(ApiKeys.ELECT_LEADERS, Map.of("topic_partitions", topic));
        KEYS.put(
                ApiKeys.ALTER_CONFIGS, Map.of("resources", List.of("resource_type", "resource_name"), "configs", name));
        KEYS.put(
                ApiKeys.INCREMENTAL_ALTER_CONFIGS,
                Map.of(
                        "resources", List.of("resource_type", "resource_name"),
                        "configs", List.of("name", "config_operation")));
        KEYS.put(ApiKeys.ALTER_REPLICA_LOG_DIRS, Map.of("dirs", List.of("path"), "topics", name));
        KEYS.put(ApiKeys.DESCRIBE_LOG_DIRS, Map.of("topics", topic));
        KEYS.put(ApiKeys.OFFSET_DELETE, Map.of("topics", name, "partitions", index));
        KEYS.put(ApiKeys.ALTER_SHARE_GROUP_OFFSETS, Map.of("topics", List.of("topic_name")));
        KEYS.put(ApiKeys.ADD_RAFT_VOTER, Map.of("listeners", name));
        KEYS.put(ApiKeys.UPDATE_FEATURES, Map.of("feature_updates", List.of("feature")));
    }

    private final Readable readable;
    private final Map<String, List<String>> keys;
    private final boolean skipsIds;
    private final boolean presized;
    private Uuid lastId = Uuid.ZERO_UUID;
    private long steps;

    private KeyedArrays(ApiKeys api, short version, Readable readable, Map<String, List<String>> keys) {
        this.readable = readable;
        this.keys = keys;
        this.skipsIds = api == ApiKeys.METADATA && version >= FIRST_METADATA_WITH_IDS;
        this.presized = PRESIZED.contains(api);
    }

    /**
     * Throws {@link InvalidRequestException} if the request that {@code body} begins with must not be read. Reads from
     * {@code body}, for which callers give a slice.
     */
    public static void check(ApiKeys api, short version, Readable body) {
        Map<String, List<String>> keys = KEYS.get(api);
        if (body.remaining() < MIN_BYTES) {
            return;
        }
        if (api == ApiKeys.LIST_OFFSETS) {
            checkPartitions(new ListOffsetsRequestData(body, version));
        } else if (keys != null) {
            new KeyedArrays(api, version, body, keys).read(api.messageType.requestSchemas()[version], null);
        }
    }

    static Set<ApiKeys> apis() {
        return KEYS.keySet();
    }

    /** Kafka's class puts partitions into a hash table; those with one hash are compared each with each. */
    private static void checkPartitions(ListOffsetsRequestData request) {
        record Partition(String topic, int index) implements Comparable<Partition> {
            private static final Comparator<Partition> ORDER =
                    Comparator.comparing(Partition::topic).thenComparingInt(Partition::index);

            @Override
            public int compareTo(Partition other) {
                return ORDER.compare(this, other);
            }
        }

        Set<Partition> seen = new HashSet<>();
        Map<Integer, Integer> byHash = new HashMap<>();
        long steps = 0;
        for (ListOffsetsRequestData.ListOffsetsTopic topic : request.topics()) {
            for (ListOffsetsRequestData.ListOffsetsPartition partition : topic.partitions()) {
                if (seen.add(new Partition(topic.name(), partition.partitionIndex()))) {
                    int hash = new TopicPartition(topic.name(), partition.partitionIndex()).hashCode();
                    steps += byHash.merge(hash, 1, Integer::sum) - 1L;
                }
            }
        }
        checkSteps(steps);
    }

    private static void checkSteps(long steps) {
        if (steps > MAX_STEPS) {
            throw new InvalidRequestException("too many names or partitions have colliding hashes or follow each other;"
                    + " send the request in parts");
        }
    }

    /** The value's hash, if it is one that keys are made of. */
    private int read(Type type, @Nullable String field) {
        if (type instanceof Schema schema) {
            for (BoundField inner : schema.fields()) {
                int unused = read(inner.def.type, inner.def.name);
            }
            return 0;
        }
        return type.isArray() ? readArray(type, field) : readValue(type);
    }

    private int readArray(Type type, @Nullable String field) {
        int count = type instanceof CompactArrayOf ? readable.readUnsignedVarint() - 1 : readable.readInt();
        if (count > readable.remaining()) {
            throw new InvalidRequestException("an array declares " + count + " elements; it has fewer bytes");
        }
        Type element = type.arrayElementType().orElseThrow();
        List<String> key = field == null ? null : keys.get(field);
        int[] hashes = new int[Math.max(0, key == null ? 0 : count)];
        int keyed = 0;
        for (int i = 0; i < count; i++) {
            lastId = Uuid.ZERO_UUID;
            int hash = element instanceof Schema schema ? readElement(schema, key) : read(element, null);
            // Topics asked for by id are split among requests that are small enough.
            boolean skipped = skipsIds && !lastId.equals(Uuid.ZERO_UUID);
            if (key != null && !skipped) {
                hashes[keyed++] = hash;
            }
        }
        steps += presized ? ProbeCost.ofAdding(hashes, keyed) : ProbeCost.of(hashes, keyed);
        checkSteps(steps);
        return 0;
    }

    /** The hash is made as generated classes make it, in the order of the key's fields. */
    private int readElement(Schema schema, @Nullable List<String> key) {
        int[] hashes = new int[key == null ? 0 : key.size()];
        for (BoundField inner : schema.fields()) {
            int hash = read(inner.def.type, inner.def.name);
            int place = key == null ? -1 : key.indexOf(inner.def.name);
            if (place >= 0) {
                hashes[place] = hash;
            }
        }
        int hash = 0;
        for (int part : hashes) {
            hash = 31 * hash + part;
        }
        return hash;
    }

    private int readValue(Type type) {
        String name = ((Type.DocumentedType) type).typeName();
        return switch (name) {
            case "BOOLEAN", "INT8" -> readable.readByte();
            case "INT16" -> readable.readShort();
            case "UINT16" -> readable.readUnsignedShort();
            case "INT32", "UINT32" -> readable.readInt();
            case "INT64", "FLOAT64" -> Long.hashCode(readable.readLong());
            case "UUID" -> readId().hashCode();
            case "STRING", "NULLABLE_STRING" -> hashOfString(readable.readShort());
            case "COMPACT_STRING", "COMPACT_NULLABLE_STRING" -> hashOfString(readable.readUnsignedVarint() - 1);
            case "BYTES", "NULLABLE_BYTES", "RECORDS", "NULLABLE_RECORDS" -> skip(readable.readInt());
            case "COMPACT_BYTES", "COMPACT_NULLABLE_BYTES", "COMPACT_RECORDS", "COMPACT_NULLABLE_RECORDS" ->
                skip(readable.readUnsignedVarint() - 1);
            case "TAGGED_FIELDS" -> skipTagged();
            default -> throw new IllegalStateException("invariant violated: no field has the type " + name);
        };
    }

    private Uuid readId() {
        lastId = readable.readUuid();
        return lastId;
    }

    private int hashOfString(int length) {
        return length < 0 ? 0 : readable.readString(length).hashCode();
    }

    private int skip(int length) {
        if (length > 0) {
            var unused = readable.readByteBuffer(length);
        }
        return 0;
    }

    private int skipTagged() {
        for (int left = readable.readUnsignedVarint(); left > 0; left--) {
            int unused = readable.readUnsignedVarint();
            int unusedBytes = skip(readable.readUnsignedVarint());
        }
        return 0;
    }
}
