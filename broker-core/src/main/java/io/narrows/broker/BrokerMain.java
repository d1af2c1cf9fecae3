package io.narrows.broker;

import io.narrows.broker.config.BrokerConfig;
import io.narrows.broker.config.BrokerKeys;
import io.narrows.broker.server.NarrowsServer;
import io.narrows.broker.server.StorageFormat;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a server in the foreground until it stops or the process is told to: SIGTERM hands over leaderships first. The
 * calling thread is the main thread of a process.
 */
public final class BrokerMain {
    private static final Logger LOG = LoggerFactory.getLogger(BrokerMain.class);

    private BrokerMain() {}

    /** As {@link #run(Path, String)}, formatting only if the file says so. */
    public static void run(Path config) throws IOException {
        run(config, null);
    }

    /**
     * Runs the server that a properties file describes. With a cluster id, log directories that have never been used are
     * formatted for that cluster first.
     *
     * @throws ConfigException with a sentence for the user if the server can not start like this
     */
    public static void run(Path config, @Nullable String clusterId) throws IOException {
        Properties properties = load(config);
        formatIfAsked(properties, config, clusterId);
        NarrowsServer server = NarrowsServer.of(properties);
        Runtime.getRuntime().addShutdownHook(new Thread(server::close, "narrows-shutdown"));
        try {
            server.start();
            LOG.atInfo().addKeyValue("node", server.config().nodeId()).log("Server started");
            server.awaitShutdown();
        } finally {
            server.close();
        }
    }

    private static Properties load(Path config) throws IOException {
        if (!Files.isRegularFile(config)) {
            throw new ConfigException(
                    "The file " + config + " does not exist. Set --config to the server's properties file.");
        }
        Properties properties = new Properties();
        try (InputStream in = Files.newInputStream(config)) {
            properties.load(in);
        }
        return properties;
    }

    private static void formatIfAsked(Properties properties, Path config, @Nullable String clusterId) {
        AbstractConfig own = BrokerConfig.parseKeys(properties);
        if (!StorageFormat.isUnformatted(properties)) {
            return;
        }
        String id = clusterId != null ? clusterId : own.getString(BrokerKeys.CLUSTER_ID);
        if (clusterId == null && !own.getBoolean(BrokerKeys.AUTO_FORMAT)) {
            throw new ConfigException("The log directories of " + config + " are not formatted. Run again with "
                    + "--cluster-id and the id that all servers of the cluster share, to format them; "
                    + "create a new id with: kafka-storage random-uuid");
        }
        if (id.isBlank()) {
            throw new ConfigException(
                    "Set " + BrokerKeys.CLUSTER_ID + ", which " + BrokerKeys.AUTO_FORMAT + "=true needs.");
        }
        StorageFormat.format(properties, id);
        LOG.atInfo().addKeyValue("cluster", id).log("Formatted the log directories");
    }
}
