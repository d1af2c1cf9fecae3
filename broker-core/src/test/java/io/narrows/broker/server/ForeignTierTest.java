package io.narrows.broker.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narrows.broker.remote.NoRemoteMetadata;
import io.narrows.broker.remote.NoRemoteStorage;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tiered storage whose storage manager is not ours would copy links as data. */
final class ForeignTierTest {
    private static final String MANAGER = "remote.log.storage.manager.class.name";

    @TempDir
    Path directory;

    @Test
    void tieredTopicsTakeNoLinksAndTopicsWithLinksAreNotTiered() throws Exception {
        Properties properties = new Properties();
        properties.put("remote.log.storage.system.enable", "true");
        properties.put(MANAGER, NoRemoteStorage.class.getName());
        properties.put("remote.log.metadata.manager.class.name", NoRemoteMetadata.class.getName());
        properties.put("remote.log.metadata.manager.listener.name", "PLAINTEXT");
        try (LinkedCluster cluster = new LinkedCluster(directory, properties)) {
            cluster.create("tiered", 500, Map.of("remote.storage.enable", "true"));
            cluster.produce("tiered", 10, 1000, Map.of());
            assertThat(cluster.links("tiered", 1)).isZero();
            assertThat(LinkedCluster.values(cluster.consume("tiered", 10, Map.of())))
                    .isEqualTo(LinkedCluster.expected("tiered", 10, 1000));

            cluster.create("linked", 500, Map.of());
            cluster.produce("linked", 10, 1000, Map.of());
            assertThat(cluster.links("linked", 1)).isPositive();
            AlterConfigOp tier =
                    new AlterConfigOp(new ConfigEntry("remote.storage.enable", "true"), AlterConfigOp.OpType.SET);
            assertThatThrownBy(() -> cluster.admin
                            .incrementalAlterConfigs(
                                    Map.of(new ConfigResource(ConfigResource.Type.TOPIC, "linked"), List.of(tier)))
                            .all()
                            .get())
                    .hasCauseInstanceOf(PolicyViolationException.class)
                    .hasMessageContaining("narrows.tier.enable");
        }
    }

    @Test
    void oneKeySwitchesEverythingOnAndWhatContradictsItIsRefused() {
        Properties minimal = new Properties();
        minimal.put("process.roles", "broker");
        minimal.put("listeners", "CONTROLLER://:1,INSIDE://:2");
        minimal.put("controller.listener.names", "CONTROLLER");
        minimal.put("offsets.topic.replication.factor", "1");
        minimal.put("narrows.tier.enable", "true");

        Properties complete = ServerProperties.complete(minimal);

        assertThat(complete)
                .containsEntry("remote.log.storage.system.enable", "true")
                .containsEntry("remote.log.metadata.manager.listener.name", "INSIDE")
                .containsEntry("rlmm.config.remote.log.metadata.topic.replication.factor", "1")
                .containsEntry("rlmm.config.remote.log.metadata.topic.min.isr", "1");
        minimal.put(MANAGER, NoRemoteStorage.class.getName());
        assertThatThrownBy(() -> ServerProperties.complete(minimal))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(MANAGER);
    }
}
