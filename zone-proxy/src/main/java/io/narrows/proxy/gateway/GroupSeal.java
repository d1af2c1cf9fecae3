package io.narrows.proxy.gateway;

import io.narrows.proxy.gateway.GatewayCodec.MalformedGroupDataException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Shows that claims and plans are those of a proxy: an HMAC with a key that the proxies of a zone share, over the group,
 * the member, the generation and the content. docs/formats/gateway-group.md has the fields. Immutable; any thread.
 *
 * <pre>
 *   0       4         5            9        9 + n   41 + n
 *   | magic | version | generation | key id | HMAC | content
 * </pre>
 */
public final class GroupSeal {
    private static final int MAGIC = 0x4e5a4753;
    private static final byte VERSION = 4;
    private static final String ALGORITHM = "HmacSHA256";
    private static final int MAC_BYTES = 32;
    private static final int MAX_KEY_ID_BYTES = 64;
    private static final String PURPOSE = "narrows-gateway-4";

    private final List<Key> keys;

    /** A key with the id by which its users name it. Immutable. */
    public static final class Key {
        private final String id;
        private final byte[] secret;

        /** The secret is copied. */
        public Key(String id, byte[] secret) {
            this.id = id;
            this.secret = secret.clone();
        }

        String id() {
            return id;
        }

        @Override
        public String toString() {
            return "key " + id;
        }
    }

    /** What a proxy has sealed, and the generation that it named. */
    static final class Opened {
        private final int generation;
        private final byte[] content;

        private Opened(int generation, byte[] content) {
            this.generation = generation;
            this.content = content;
        }

        int generation() {
            return generation;
        }

        byte[] content() {
            return content;
        }
    }

    /** The first key seals, all of them open; there is at least one. */
    public GroupSeal(List<Key> keys) {
        if (keys.isEmpty()) {
            throw new IllegalArgumentException("keys are empty, a seal needs at least one");
        }
        this.keys = List.copyOf(keys);
    }

    /** {@code memberId} is that of the member who makes a claim, or for whom a plan is. */
    byte[] seal(String groupId, String memberId, int generation, byte[] content) {
        Key key = keys.get(0);
        byte[] keyId = key.id().getBytes(StandardCharsets.UTF_8);
        byte[] mac = mac(key, groupId, memberId, generation, content);
        return ByteBuffer.allocate(
                        Integer.BYTES + 1 + Integer.BYTES + Short.BYTES + keyId.length + MAC_BYTES + content.length)
                .putInt(MAGIC)
                .put(VERSION)
                .putInt(generation)
                .putShort((short) keyId.length)
                .put(keyId)
                .put(mac)
                .put(content)
                .array();
    }

    /** Throws {@link MalformedGroupDataException} for what no proxy has sealed for this group and member. */
    Opened open(String groupId, String memberId, byte[] sealed) {
        ByteBuffer in = ByteBuffer.wrap(sealed);
        try {
            if (in.getInt() != MAGIC || in.get() != VERSION) {
                throw new MalformedGroupDataException("member data has no signature");
            }
            int generation = in.getInt();
            int idLength = Short.toUnsignedInt(in.getShort());
            if (idLength > MAX_KEY_ID_BYTES) {
                throw new MalformedGroupDataException("the key id of a signature is too long");
            }
            byte[] keyId = new byte[idLength];
            in.get(keyId);
            byte[] mac = new byte[MAC_BYTES];
            in.get(mac);
            byte[] content = new byte[in.remaining()];
            in.get(content);
            Key key = key(new String(keyId, StandardCharsets.UTF_8));
            if (!MessageDigest.isEqual(mac, mac(key, groupId, memberId, generation, content))) {
                throw new MalformedGroupDataException("the signature with key " + key.id() + " is wrong");
            }
            return new Opened(generation, content);
        } catch (BufferUnderflowException e) {
            throw new MalformedGroupDataException("member data ends early");
        }
    }

    private Key key(String id) {
        return keys.stream()
                .filter(key -> key.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new MalformedGroupDataException("signed with key '" + id
                        + "', which gateway.secrets does not have; it has "
                        + keys.stream().map(Key::id).toList()));
    }

    private static byte[] mac(Key key, String groupId, String memberId, int generation, byte[] content) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key.secret, ALGORITHM));
            for (String text : List.of(PURPOSE, groupId, memberId)) {
                byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
                mac.update(
                        ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
                mac.update(bytes);
            }
            mac.update(ByteBuffer.allocate(Integer.BYTES).putInt(generation).array());
            return mac.doFinal(content);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("invariant violated: every Java has " + ALGORITHM, e);
        }
    }
}
