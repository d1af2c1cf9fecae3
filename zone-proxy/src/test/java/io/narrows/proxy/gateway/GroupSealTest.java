package io.narrows.proxy.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narrows.proxy.gateway.GatewayCodec.MalformedGroupDataException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

final class GroupSealTest {
    private static final GroupSeal.Key OLD = key("2026-11", "a secret of sixteen");
    private static final GroupSeal.Key NEW = key("2026-12", "another one of these");
    private static final GroupSeal SEAL = new GroupSeal(List.of(OLD));
    private static final byte[] CONTENT = "what a proxy says".getBytes(StandardCharsets.UTF_8);

    private static GroupSeal.Key key(String id, String secret) {
        return new GroupSeal.Key(id, secret.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void whatIsSealedIsOpenedWithItsGeneration() {
        GroupSeal.Opened opened = SEAL.open("g", "m", SEAL.seal("g", "m", 7, CONTENT));
        assertThat(opened.generation()).isEqualTo(7);
        assertThat(opened.content()).isEqualTo(CONTENT);
    }

    @Test
    void theLayoutIsTheOneOfTheFormatPage() throws IOException {
        try (InputStream in = GroupSealTest.class.getResourceAsStream("/golden/gateway/sealed-v4.hex")) {
            String text = new String(in.readAllBytes(), StandardCharsets.US_ASCII).replaceAll("\\s", "");
            assertThat(HexFormat.of().formatHex(SEAL.seal("narrows-gateway.main.a", "member-1", 7, CONTENT)))
                    .isEqualTo(text);
        }
    }

    @Test
    void whatAnotherGroupMemberGenerationOrKeyStandsInIsRefused() {
        byte[] sealed = SEAL.seal("group", "member", 7, CONTENT);
        refused(SEAL, "groupm", "ember", sealed);
        refused(SEAL, "other", "member", sealed);
        refused(SEAL, "group", "other", sealed);
        refused(SEAL, "group", "", sealed);
        refused(new GroupSeal(List.of(NEW)), "group", "member", sealed);
        refused(new GroupSeal(List.of(key(OLD.id(), "a secret of another"))), "group", "member", sealed);
        refused(SEAL, "group", "member", CONTENT);
        for (int i = 0; i < sealed.length; i++) {
            byte[] changed = sealed.clone();
            changed[i] ^= 1;
            refused(SEAL, "group", "member", changed);
            refused(SEAL, "group", "member", Arrays.copyOf(sealed, i));
        }
    }

    private static void refused(GroupSeal seal, String group, String member, byte[] bytes) {
        assertThatThrownBy(() -> seal.open(group, member, bytes)).isInstanceOf(MalformedGroupDataException.class);
    }

    /** Each step of replacing a secret: all proxies that have not taken it yet, and those that have, read each other. */
    @Test
    void secretsAreReplacedInStepsWithoutASilence() {
        List<GroupSeal> steps = List.of(
                SEAL, new GroupSeal(List.of(OLD, NEW)), new GroupSeal(List.of(NEW, OLD)), new GroupSeal(List.of(NEW)));
        for (int i = 0; i + 1 < steps.size(); i++) {
            GroupSeal before = steps.get(i);
            GroupSeal after = steps.get(i + 1);
            assertThat(before.open("g", "m", after.seal("g", "m", 1, CONTENT)).content())
                    .isEqualTo(CONTENT);
            assertThat(after.open("g", "m", before.seal("g", "m", 1, CONTENT)).content())
                    .isEqualTo(CONTENT);
        }
    }
}
