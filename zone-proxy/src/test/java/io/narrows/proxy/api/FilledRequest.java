package io.narrows.proxy.api;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.Field;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.Struct;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.AbstractRequest;

/**
 * Makes a request of any API and version out of Kafka's schema for it: every text is {@code text}, every list has one
 * element, and every number is {@code number} unless {@code numbers} names its field. Immutable.
 */
record FilledRequest(String text, long number, Map<String, Long> numbers) {
    AbstractRequest of(ApiKeys key, short version) {
        Schema schema = key.messageType.requestSchemas()[version];
        Struct struct = fill(schema);
        ByteBuffer bytes = ByteBuffer.allocate(struct.sizeOf());
        struct.writeTo(bytes);
        bytes.flip();
        return AbstractRequest.parseRequest(key, version, new ByteBufferAccessor(bytes)).request;
    }

    private Struct fill(Schema schema) {
        Struct struct = new Struct(schema);
        for (BoundField field : schema.fields()) {
            struct.set(field, value(field.def));
        }
        return struct;
    }

    private Object value(Field field) {
        Type type = field.type;
        if (type instanceof TaggedFields tagged) {
            NavigableMap<Integer, Object> values = new TreeMap<>();
            tagged.fields().forEach((tag, one) -> values.put(tag, value(one)));
            return values;
        }
        return type.isArray()
                ? new Object[] {
                    value(new Field(field.name, type.arrayElementType().orElseThrow()))
                }
                : value(field.name, type);
    }

    private Object value(String name, Type type) {
        if (type instanceof Schema schema) {
            return fill(schema);
        }
        long value = numbers.getOrDefault(name, number);
        String typeName = type.toString();
        return switch (typeName) {
            case "STRING", "NULLABLE_STRING", "COMPACT_STRING", "COMPACT_NULLABLE_STRING" -> text;
            case "BYTES", "NULLABLE_BYTES", "COMPACT_BYTES", "COMPACT_NULLABLE_BYTES" -> ByteBuffer.allocate(0);
            case "RECORDS", "COMPACT_RECORDS" -> MemoryRecords.EMPTY;
            case "BOOLEAN" -> false;
            case "INT8" -> (byte) value;
            case "INT16" -> (short) value;
            case "UINT16", "INT32" -> (int) value;
            case "UINT32", "INT64" -> value;
            case "FLOAT64" -> (double) value;
            case "UUID" -> new Uuid(1, 1);
            default -> throw new IllegalStateException("a type that is not known: " + typeName + " of " + name);
        };
    }
}
