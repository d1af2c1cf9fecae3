package io.narrows.broker.server;

import java.io.File;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import kafka.server.KafkaConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.metadata.properties.MetaPropertiesEnsemble;
import org.apache.kafka.metadata.storage.Formatter;

/** Formats the log directories of a server, as {@code kafka-storage format} does. Stateless. */
public final class StorageFormat {
    private StorageFormat() {}

    /** True if no log directory of this server has been formatted yet. */
    public static boolean isUnformatted(Properties properties) {
        KafkaConfig config = KafkaConfig.fromProps(ServerProperties.complete(properties), false);
        return directories(config).stream()
                .noneMatch(dir -> new File(dir, MetaPropertiesEnsemble.META_PROPERTIES_NAME).exists());
    }

    /** Formats all log directories that are not formatted yet for the given cluster. */
    public static void format(Properties properties, String clusterId) {
        KafkaConfig config = KafkaConfig.fromProps(ServerProperties.complete(properties), false);
        Formatter formatter = new Formatter()
                .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
                .setNodeId(config.nodeId())
                .setClusterId(clusterId)
                .setIgnoreFormatted(true)
                .setDirectories(directories(config))
                .setMetadataLogDirectory(config.metadataLogDir())
                .setControllerListenerName(config.controllerListenerNames().get(0));
        try {
            formatter.run();
        } catch (Exception e) {
            throw new KafkaException("Could not format the log directories: " + e.getMessage(), e);
        }
    }

    private static Set<String> directories(KafkaConfig config) {
        Set<String> directories = new TreeSet<>(config.logDirs());
        directories.add(config.metadataLogDir());
        return directories;
    }
}
