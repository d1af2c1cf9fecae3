package io.narrows.bench.it;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.ApiMessageType.ListenerType;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.Struct;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;

/**
 * A table of requests made from the schemas of Kafka's protocol: every API of brokers for clients, every version, with
 * values of several kinds in all fields. Nothing in it changes a cluster for others: names are of one topic, of groups that
 * no client uses, or of nothing. Stateless.
 */
final class RawRequests {
    /** They change the cluster as a whole, or need not be served by a proxy. */
    private static final Set<ApiKeys> LEFT_OUT = EnumSet.of(
            ApiKeys.UNREGISTER_BROKER,
            ApiKeys.ADD_RAFT_VOTER,
            ApiKeys.REMOVE_RAFT_VOTER,
            ApiKeys.UPDATE_FEATURES,
            ApiKeys.WRITE_TXN_MARKERS,
            ApiKeys.CREATE_ACLS,
            ApiKeys.DELETE_ACLS,
            ApiKeys.DESCRIBE_ACLS,
            ApiKeys.ALTER_USER_SCRAM_CREDENTIALS,
            ApiKeys.ALTER_CLIENT_QUOTAS,
            ApiKeys.ALTER_CONFIGS,
            ApiKeys.INCREMENTAL_ALTER_CONFIGS,
            ApiKeys.ALTER_PARTITION_REASSIGNMENTS,
            ApiKeys.ELECT_LEADERS,
            // Brokers without a receiver of client metrics do not offer these.
            ApiKeys.GET_TELEMETRY_SUBSCRIPTIONS,
            ApiKeys.PUSH_TELEMETRY);

    /** With names of what exists these would take it away, or wait for others. */
    private static final Set<ApiKeys> UNKNOWN_NAMES_ONLY =
            EnumSet.of(ApiKeys.DELETE_TOPICS, ApiKeys.DELETE_RECORDS, ApiKeys.JOIN_GROUP, ApiKeys.CREATE_PARTITIONS);

    /** What is in the fields. */
    enum Kind {
        ZERO,
        NULLS,
        UNKNOWN,
        NEGATIVE,
        EXISTING,
        TWICE,
        TRUNCATED,
        TRAILING,
        HUGE_ARRAY,
        UNKNOWN_VERSION
    }

    /** One request without its length and header. */
    record Request(ApiKeys key, short version, Kind kind, byte[] body) {
        @Override
        public String toString() {
            return key.name + " v" + version + " " + kind;
        }
    }

    /** What exists: it has the same name on both sides, but another id. */
    record Existing(String topic, Uuid topicId) {}

    private RawRequests() {}

    static List<Request> all(Existing existing) {
        List<Request> all = new ArrayList<>();
        for (ApiKeys key : ApiKeys.apisForListener(ListenerType.BROKER)) {
            if (LEFT_OUT.contains(key)) {
                continue;
            }
            for (short version = key.oldestVersion(); version <= latest(key); version++) {
                for (Kind kind : Kind.values()) {
                    boolean names = kind == Kind.EXISTING || kind == Kind.TWICE;
                    boolean oncePerApi = kind == Kind.UNKNOWN_VERSION && version != key.oldestVersion();
                    if (!oncePerApi && !(names && UNKNOWN_NAMES_ONLY.contains(key))) {
                        all.add(request(key, version, kind, existing));
                    }
                }
            }
        }
        return all;
    }

    /** Later ones are for brokers, which do not answer all of these. */
    private static short latest(ApiKeys key) {
        return key == ApiKeys.ADD_PARTITIONS_TO_TXN ? 3 : key.latestVersion(false);
    }

    private static Request request(ApiKeys key, short version, Kind kind, Existing existing) {
        byte[] body = body(key, version, kind, existing);
        return switch (kind) {
            case TRUNCATED -> new Request(key, version, kind, Arrays.copyOf(body, body.length / 2));
            case TRAILING -> new Request(key, version, kind, Arrays.copyOf(body, body.length + 10));
            case UNKNOWN_VERSION -> new Request(key, (short) (key.latestVersion(true) + 7), kind, body);
            case HUGE_ARRAY -> {
                Arrays.fill(body, body.length / 2, body.length, (byte) 0x7f);
                yield new Request(key, version, kind, body);
            }
            default -> new Request(key, version, kind, body);
        };
    }

    private static byte[] body(ApiKeys key, short version, Kind kind, Existing existing) {
        Schema schema = key.messageType.requestSchemas()[version];
        Struct struct = struct(schema, new Values(key, kind, existing));
        ByteBuffer buffer = ByteBuffer.allocate(struct.sizeOf());
        struct.writeTo(buffer);
        return buffer.array();
    }

    private static Struct struct(Schema schema, Values values) {
        Struct struct = new Struct(schema);
        for (BoundField field : schema.fields()) {
            struct.set(field, value(field.def.type, field.def.name, values));
        }
        return struct;
    }

    private static @Nullable Object value(Type type, String name, Values values) {
        if (type instanceof TaggedFields) {
            return new java.util.TreeMap<Integer, Object>();
        } else if (type instanceof Schema schema) {
            return struct(schema, values);
        } else if (type.isNullable()
                && values.kind() == Kind.NULLS
                && !type.toString().contains("RECORDS")) {
            return null;
        } else if (type.isArray()) {
            Object[] elements = new Object[values.arrayLength()];
            for (int i = 0; i < elements.length; i++) {
                elements[i] = value(type.arrayElementType().orElseThrow(), name, values);
            }
            return elements;
        }
        return values.of(type, name);
    }

    /** The values of one request. */
    private record Values(ApiKeys key, Kind kind, Existing existing) {
        private boolean isEmpty() {
            return kind == Kind.ZERO || kind == Kind.NULLS;
        }

        private boolean namesWhatExists() {
            return !UNKNOWN_NAMES_ONLY.contains(key)
                    && (kind == Kind.EXISTING || kind == Kind.TWICE || kind == Kind.TRAILING);
        }

        int arrayLength() {
            return isEmpty() ? 0 : kind == Kind.TWICE ? 2 : 1;
        }

        @Nullable
        Object of(Type type, String name) {
            String typeName = type.toString();
            if (typeName.contains("RECORDS")) {
                return isEmpty() || kind == Kind.NEGATIVE ? MemoryRecords.EMPTY : batch();
            } else if (typeName.contains("STRING")) {
                return isEmpty() ? "" : namesWhatExists() ? existing.topic() : "nothing";
            } else if (typeName.contains("BYTES")) {
                return ByteBuffer.allocate(isEmpty() ? 0 : 3);
            } else if (typeName.equals("UUID")) {
                return isEmpty() ? Uuid.ZERO_UUID : namesWhatExists() ? existing.topicId() : new Uuid(5, 6);
            } else if (typeName.equals("BOOLEAN")) {
                return false;
            } else if (typeName.equals("FLOAT64")) {
                return 0.0;
            }
            return number(typeName, name);
        }

        private Object number(String typeName, String name) {
            int value = kind == Kind.NEGATIVE ? -1 : name.endsWith("_ms") ? 100 : consumer(name);
            return switch (typeName) {
                case "INT8" -> (byte) value;
                case "INT16" -> (short) value;
                case "UINT16" -> Math.max(0, value);
                case "INT64", "VARLONG" -> (long) value;
                case "UINT32" -> (long) Math.max(0, value);
                default -> value;
            };
        }

        /** Of clients: no replica, no session, no epoch, all acks. */
        private int consumer(String name) {
            boolean none = name.equals("replica_id")
                    || name.equals("session_epoch")
                    || name.contains("leader_epoch")
                    || name.equals("acks")
                    || name.startsWith("generation")
                    || name.equals("last_fetched_epoch");
            return none ? -1 : name.endsWith("bytes") ? 1 << 20 : 0;
        }

        private static MemoryRecords batch() {
            return MemoryRecords.withRecords(
                    Compression.NONE,
                    new SimpleRecord(
                            1_700_000_000_000L, "key".getBytes(java.nio.charset.StandardCharsets.UTF_8), new byte[3]));
        }
    }
}
