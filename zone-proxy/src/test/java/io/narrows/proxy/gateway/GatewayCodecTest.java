package io.narrows.proxy.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narrows.proxy.gateway.GatewayCodec.MalformedGroupDataException;
import io.narrows.proxy.metadata.Endpoint;
import io.narrows.proxy.metadata.ProxyMember;
import java.io.IOException;
import java.io.InputStream;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class GatewayCodecTest {
    private static final ProxyMember A =
            new ProxyMember("proxy-a1", 1000, 4, Map.of("PLAINTEXT", new Endpoint("10.0.0.1", 9092)));
    private static final ProxyMember B =
            new ProxyMember("proxy-a2", 2000, 4, Map.of("PLAINTEXT", new Endpoint("10.0.0.2", 9092)));
    private static final Assignment PLAN = plan(0x1234);
    private static final MemberMetadata CLAIM = claim(PLAN, 0x2345);
    private static final byte V1 = GatewayCodec.VERSION_WITHOUT_LOSSES;
    private static final byte V2 = GatewayCodec.VERSION;

    private static Assignment plan(int lostOwnerMs) {
        List<String> awaited = List.of("proxy-a1", "proxy-a2");
        return new Assignment(7, List.of(A, B), List.of("proxy-a1"), awaited, lostOwnerMs);
    }

    private static MemberMetadata claim(Assignment plan, int lostOwnerMs) {
        return new MemberMetadata(B, 0x0198a2b3c4d5e6f7L, "1.0", true, plan, 6, lostOwnerMs);
    }

    @Test
    void claimsAndPlansSurviveTheWay() {
        assertThat(GatewayCodec.plan(GatewayCodec.encode(PLAN, V2))).isEqualTo(PLAN);
        assertThat(GatewayCodec.claim(GatewayCodec.encode(CLAIM, V2))).isEqualTo(CLAIM);
        MemberMetadata first = new MemberMetadata(A, 1, "", false, null, MemberMetadata.NOTHING_FINISHED, 0);
        assertThat(GatewayCodec.claim(GatewayCodec.encode(first, V2))).isEqualTo(first);
    }

    @Test
    void versionTwoStaysReadable() throws IOException {
        assertThat(GatewayCodec.claim(golden("claim-v2.hex"))).isEqualTo(CLAIM);
        assertThat(GatewayCodec.plan(golden("plan-v2.hex"))).isEqualTo(PLAN);
        assertThat(GatewayCodec.encode(CLAIM, V2)).isEqualTo(golden("claim-v2.hex"));
        assertThat(GatewayCodec.encode(PLAN, V2)).isEqualTo(golden("plan-v2.hex"));
    }

    /** It does not say whether owners were lost. */
    @Test
    void versionOneStaysReadableAndTheWorstIsAssumed() throws IOException {
        Assignment plan = plan(LostOwners.REMEMBERED_MS);
        assertThat(GatewayCodec.claim(golden("claim-v1.hex"))).isEqualTo(claim(plan, LostOwners.REMEMBERED_MS));
        assertThat(GatewayCodec.plan(golden("plan-v1.hex"))).isEqualTo(plan);
        assertThat(GatewayCodec.encode(CLAIM, V1)).isEqualTo(golden("claim-v1.hex"));
        assertThat(GatewayCodec.encode(PLAN, V1)).isEqualTo(golden("plan-v1.hex"));
    }

    @Test
    void theTimeOfALostOwnerIsBounded() {
        byte[] tooLong = GatewayCodec.encode(plan(LostOwners.REMEMBERED_MS + 1), V2);
        assertThatThrownBy(() -> GatewayCodec.plan(tooLong)).isInstanceOf(MalformedGroupDataException.class);
    }

    @Test
    void aTextThatIsNotUtf8IsRefused() {
        MemberMetadata named = new MemberMetadata(
                new ProxyMember("a", 1, 4, Map.of()), 1, "~", false, null, MemberMetadata.NOTHING_FINISHED, 0);
        byte[] bytes = GatewayCodec.encode(named, V2);
        for (int i = 14; i < bytes.length; i++) {
            if (bytes[i] == '~') {
                bytes[i] = (byte) 0xff;
            }
        }
        java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
        crc.update(bytes, 14, bytes.length - 14);
        java.nio.ByteBuffer.wrap(bytes).putInt(6, (int) crc.getValue());
        assertThatThrownBy(() -> GatewayCodec.claim(bytes))
                .isInstanceOf(MalformedGroupDataException.class)
                .hasMessageContaining("UTF-8");
    }

    private static byte[] golden(String name) throws IOException {
        try (InputStream in = GatewayCodecTest.class.getResourceAsStream("/golden/gateway/" + name)) {
            String text = new String(in.readAllBytes(), java.nio.charset.StandardCharsets.US_ASCII);
            return HexFormat.of().parseHex(text.replaceAll("\\s", ""));
        }
    }

    @Test
    void whatIsCutOffOrChangedIsRefused() {
        byte[] bytes = GatewayCodec.encode(CLAIM, V2);
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = java.util.Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> GatewayCodec.claim(cut)).isInstanceOf(MalformedGroupDataException.class);
        }
        for (int i = 0; i < bytes.length; i++) {
            byte[] changed = bytes.clone();
            changed[i] ^= 0x40;
            assertThatThrownBy(() -> GatewayCodec.claim(changed)).isInstanceOf(MalformedGroupDataException.class);
        }
        assertThatThrownBy(() -> GatewayCodec.plan(bytes)).isInstanceOf(MalformedGroupDataException.class);
    }
}
