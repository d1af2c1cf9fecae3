package io.narrows.proxy.gateway;

import io.narrows.proxy.metadata.Endpoint;
import io.narrows.proxy.metadata.ProxyMember;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * Claims and plans as bytes, for the user data of Kafka's group protocol; docs/formats/gateway-group.md has the fields.
 * Stateless.
 *
 * <pre>
 *   0       4         5      6          10       14
 *   | magic | version | kind | CRC32C   | length | body
 * </pre>
 */
final class GatewayCodec {
    private static final int MAGIC = 0x4e5a4757;
    static final byte VERSION = 2;

    /** Says nothing of lost owners. */
    static final byte VERSION_WITHOUT_LOSSES = 1;

    private static final int HEADER_BYTES = 14;
    private static final int MAX_BODY_BYTES = 1 << 20;
    private static final int MAX_PROXIES = 1024;
    private static final int MAX_NODES = 64;
    private static final int MAX_LISTENERS = 64;
    private static final int MAX_TEXT_BYTES = 1024;

    private enum Kind {
        CLAIM(0),
        PLAN(1);

        private final byte code;

        Kind(int code) {
            this.code = (byte) code;
        }
    }

    /** Bytes that are no claim or plan of a version that is known. */
    static final class MalformedGroupDataException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        MalformedGroupDataException(String message) {
            super(message);
        }
    }

    private GatewayCodec() {}

    static byte[] encode(MemberMetadata claim, byte version) {
        return frame(Kind.CLAIM, version, out -> {
            write(out, claim.member());
            out.writeLong(claim.incarnation());
            write(out, claim.version());
            out.writeBoolean(claim.draining());
            out.writeLong(claim.finishedEpoch());
            Assignment plan = claim.plan();
            out.writeBoolean(plan != null);
            if (plan != null) {
                write(out, plan, version);
            }
            writeLostOwner(out, claim.lostOwnerMs(), version);
        });
    }

    static byte[] encode(Assignment plan, byte version) {
        return frame(Kind.PLAN, version, out -> write(out, plan, version));
    }

    static MemberMetadata claim(byte[] bytes) {
        return read(bytes, Kind.CLAIM, (in, format) -> {
            ProxyMember member = member(in);
            long incarnation = in.getLong();
            String version = text(in);
            boolean draining = flag(in);
            long finishedEpoch = in.getLong();
            Assignment plan = flag(in) ? plan(in, format) : null;
            return new MemberMetadata(
                    member, incarnation, version, draining, plan, finishedEpoch, lostOwner(in, format));
        });
    }

    static Assignment plan(byte[] bytes) {
        return read(bytes, Kind.PLAN, GatewayCodec::plan);
    }

    private interface Writer {
        void write(DataOutputStream out) throws IOException;
    }

    private interface Reader<T> {
        T read(ByteBuffer in, byte version);
    }

    private static byte[] frame(Kind kind, byte version, Writer writer) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(body)) {
            writer.write(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        byte[] bytes = body.toByteArray();
        return ByteBuffer.allocate(HEADER_BYTES + bytes.length)
                .putInt(MAGIC)
                .put(version)
                .put(kind.code)
                .putInt(crc(bytes))
                .putInt(bytes.length)
                .put(bytes)
                .array();
    }

    private static int crc(byte[] body) {
        CRC32C crc = new CRC32C();
        crc.update(body);
        return (int) crc.getValue();
    }

    private static <T> T read(byte[] bytes, Kind kind, Reader<T> reader) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        try {
            check(in.getInt() == MAGIC, "not data of a gateway group");
            byte version = in.get();
            check(version >= VERSION_WITHOUT_LOSSES && version <= VERSION, "version " + version + " is not known");
            check(in.get() == kind.code, "another kind of data than expected");
            int crc = in.getInt();
            int length = in.getInt();
            check(length == in.remaining() && length <= MAX_BODY_BYTES, "the length is wrong");
            byte[] body = new byte[length];
            in.get(body);
            check(crc(body) == crc, "the checksum is wrong");
            ByteBuffer content = ByteBuffer.wrap(body);
            T value = reader.read(content, version);
            check(!content.hasRemaining(), "bytes are left over");
            return value;
        } catch (BufferUnderflowException e) {
            throw new MalformedGroupDataException("gateway data ends early");
        }
    }

    private static void check(boolean holds, String complaint) {
        if (!holds) {
            throw new MalformedGroupDataException(complaint);
        }
    }

    private static void write(DataOutputStream out, ProxyMember member) throws IOException {
        write(out, member.id());
        out.writeInt(member.firstNodeId());
        out.writeShort(member.nodes());
        Map<String, Endpoint> endpoints = new TreeMap<>(member.endpoints());
        out.writeShort(endpoints.size());
        for (Map.Entry<String, Endpoint> listener : endpoints.entrySet()) {
            write(out, listener.getKey());
            write(out, listener.getValue().host());
            out.writeInt(listener.getValue().port());
            out.writeInt(listener.getValue().brokerPortBase());
        }
    }

    private static ProxyMember member(ByteBuffer in) {
        String id = text(in);
        int firstNodeId = in.getInt();
        int nodes = in.getShort();
        check(firstNodeId >= 0 && nodes > 0 && nodes <= MAX_NODES, "node ids out of bounds");
        int count = count(in, MAX_LISTENERS);
        Map<String, Endpoint> endpoints = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            String listener = text(in);
            Endpoint endpoint = new Endpoint(text(in), in.getInt(), in.getInt());
            endpoints.put(listener, endpoint);
        }
        return new ProxyMember(id, firstNodeId, nodes, endpoints);
    }

    private static void write(DataOutputStream out, Assignment plan, byte version) throws IOException {
        out.writeLong(plan.epoch());
        out.writeShort(plan.members().size());
        for (ProxyMember member : plan.members()) {
            write(out, member);
        }
        write(out, plan.before());
        write(out, plan.awaited());
        writeLostOwner(out, plan.lostOwnerMs(), version);
    }

    private static void writeLostOwner(DataOutputStream out, int ms, byte version) throws IOException {
        if (version > VERSION_WITHOUT_LOSSES) {
            out.writeInt(ms);
        }
    }

    /** Of a writer that does not say it, the worst is assumed. */
    private static int lostOwner(ByteBuffer in, byte version) {
        int ms = version > VERSION_WITHOUT_LOSSES ? in.getInt() : LostOwners.REMEMBERED_MS;
        check(ms >= 0 && ms <= LostOwners.REMEMBERED_MS, "the time of a lost owner is out of bounds");
        return ms;
    }

    private static Assignment plan(ByteBuffer in, byte version) {
        long epoch = in.getLong();
        int count = count(in, MAX_PROXIES);
        check(count > 0, "a plan without members");
        List<ProxyMember> members = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            members.add(member(in));
        }
        return new Assignment(epoch, members, texts(in), texts(in), lostOwner(in, version));
    }

    private static void write(DataOutputStream out, List<String> texts) throws IOException {
        out.writeShort(texts.size());
        for (String text : texts) {
            write(out, text);
        }
    }

    private static List<String> texts(ByteBuffer in) {
        int count = count(in, MAX_PROXIES);
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            texts.add(text(in));
        }
        return texts;
    }

    private static void write(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        check(bytes.length <= MAX_TEXT_BYTES, "a text is too long: " + text);
        out.writeShort(bytes.length);
        out.write(bytes);
    }

    private static String text(ByteBuffer in) {
        byte[] bytes = new byte[count(in, MAX_TEXT_BYTES)];
        in.get(bytes);
        try {
            // Replacements for what is malformed would be longer than what was read, and not fit into a plan.
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new MalformedGroupDataException("a string is not valid UTF-8");
        }
    }

    private static boolean flag(ByteBuffer in) {
        byte value = in.get();
        check(value == 0 || value == 1, "a flag is neither 0 nor 1");
        return value == 1;
    }

    private static int count(ByteBuffer in, int limit) {
        int count = Short.toUnsignedInt(in.getShort());
        check(count <= limit, "a count is out of bounds");
        return count;
    }
}
