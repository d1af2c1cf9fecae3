package io.narrows.proxy;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;

final class IncomingTlsTest {
    @Test
    void tlsWithoutAKeyIsSaidAtTheStart() {
        Map<String, Object> configs = Map.of(
                "ssl.protocol",
                "TLSv1.3",
                "ssl.cipher.suites",
                List.of(),
                "ssl.enabled.protocols",
                List.of("TLSv1.3"),
                "ssl.truststore.type",
                "PKCS12",
                "ssl.keystore.type",
                "PKCS12");
        assertThatThrownBy(() -> IncomingTls.of(configs))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("ssl.keystore.location");
    }
}
