package io.narrows.proxy.departure;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.RequestHeader;

/**
 * Makes a request of any API that names something in each of its fields, by Kafka's generated setters: a new API is filled
 * without a word here. Stateless.
 */
final class FilledRequests {
    private FilledRequests() {}

    /** What requests name; {@code other} is a group, a transactional id, a member. */
    record Names(String topic, Uuid topicId, String other) {}

    /** A whole frame with its length. */
    static ByteBuffer frame(ApiKeys key, short version, int correlationId, String clientId, Names names) {
        return frame(key, version, correlationId, clientId, body(key, version, names));
    }

    /** The same of a request that is written already. */
    static ByteBuffer frame(ApiKeys key, short version, int correlationId, String clientId, ByteBuffer body) {
        RequestHeaderData header = new RequestHeader(key, version, clientId, correlationId).data();
        ByteBuffer head = MessageUtil.toByteBufferAccessor(header, key.requestHeaderVersion(version))
                .buffer();
        return ByteBuffer.allocate(Integer.BYTES + head.remaining() + body.remaining())
                .putInt(head.remaining() + body.remaining())
                .put(head)
                .put(body)
                .flip();
    }

    /** Fields that the version does not have are left out, as its error names them. */
    private static ByteBuffer body(ApiKeys key, short version, Names names) {
        Set<String> left = new HashSet<>();
        while (true) {
            ApiMessage request = key.messageType.newRequest();
            fill(request, names, left);
            try {
                return MessageUtil.toByteBufferAccessor(request, version).buffer();
            } catch (UnsupportedVersionException e) {
                String field = String.valueOf(e.getMessage()).replaceAll(".* non-default (\\w+) at version.*", "$1");
                if (!left.add(field)) {
                    throw new AssertionError("cannot fill a request of " + key, e);
                }
            }
        }
    }

    private static void fill(Object message, Names names, Set<String> left) {
        Method[] methods = message.getClass().getMethods();
        Arrays.sort(methods, Comparator.comparing(Method::getName));
        for (Method setter : methods) {
            if (!setter.getName().startsWith("set") || setter.getParameterCount() != 1) {
                continue;
            }
            String field = setter.getName().substring(3, 4).toLowerCase(Locale.ROOT)
                    + setter.getName().substring(4);
            if (left.contains(field)) {
                continue;
            }
            Object value =
                    value(field, setter.getParameterTypes()[0], setter.getGenericParameterTypes()[0], names, left);
            if (value != null) {
                call(setter, message, value);
            }
        }
    }

    private static Object value(String field, Class<?> type, Type generic, Names names, Set<String> left) {
        if (type == String.class) {
            return text(field, names);
        } else if (type == Uuid.class) {
            return names.topicId();
        } else if (type == byte[].class) {
            return new byte[8];
        } else if (type == ByteBuffer.class) {
            return ByteBuffer.allocate(8);
        } else if (BaseRecords.class.isAssignableFrom(type)) {
            return MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(1L, new byte[100]));
        } else if (Collection.class.isAssignableFrom(type)) {
            return list(field, type, generic, names, left);
        } else if (type == int.class) {
            return number(field);
        } else if (type == byte.class) {
            return code(field);
        }
        return null;
    }

    /** The codes of access control entries, which have no defaults that a broker takes. */
    private static Object code(String field) {
        String name = field.toLowerCase(Locale.ROOT);
        if (name.contains("patterntype") || name.equals("operation") || name.equals("permissiontype")) {
            return (byte) 3;
        }
        return name.contains("resourcetype") ? (byte) 2 : null;
    }

    private static String text(String field, Names names) {
        return field.toLowerCase(Locale.ROOT).contains("topic") || field.equals("name") ? names.topic() : names.other();
    }

    /** Waits are long, so that nothing ends by itself; a batch has its own deadline. */
    private static Object number(String field) {
        return switch (field) {
            case "maxWaitMs" -> 3_600_000;
            case "timeoutMs" -> 500;
            case "minBytes" -> 1;
            case "maxBytes", "partitionMaxBytes", "maxRecords", "batchSize" -> 1_000;
            case "sessionTimeoutMs", "rebalanceTimeoutMs" -> 60_000;
            default -> null;
        };
    }

    private static Object list(String field, Class<?> type, Type generic, Names names, Set<String> left) {
        Class<?> element =
                generic instanceof ParameterizedType list ? (Class<?>) list.getActualTypeArguments()[0] : element(type);
        Collection<Object> filled = type == List.class ? new ArrayList<>() : collection(type);
        if (field.equals("acknowledgementBatches") || field.equals("forgottenTopicsData")) {
            // A session that begins has nothing to acknowledge or to forget.
            return filled;
        }
        if (element == Integer.class) {
            filled.add(0);
        } else if (element == Byte.class) {
            filled.add((byte) 1);
        } else if (element == String.class) {
            filled.add(text(field, names));
        } else if (element == Uuid.class) {
            filled.add(names.topicId());
        } else if (Message.class.isAssignableFrom(element)) {
            Object one = make(element);
            fill(one, names, left);
            filled.add(one);
        }
        return filled;
    }

    /** Of a class of Kafka's that is a collection of the class that holds its elements' fields. */
    private static Class<?> element(Class<?> collection) {
        return (Class<?>) ((ParameterizedType) collection.getGenericSuperclass()).getActualTypeArguments()[0];
    }

    @SuppressWarnings("unchecked")
    private static Collection<Object> collection(Class<?> type) {
        return (Collection<Object>) make(type);
    }

    private static Object make(Class<?> type) {
        try {
            Constructor<?> constructor = type.getConstructor();
            return constructor.newInstance();
        } catch (ReflectiveOperationException e) {
            throw new AssertionError("cannot make a " + type, e);
        }
    }

    private static void call(Method setter, Object message, Object value) {
        try {
            setter.invoke(message, value);
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new AssertionError("cannot call " + setter, e);
        }
    }
}
