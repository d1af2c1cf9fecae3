package io.narrows.broker.server;

import io.narrows.broker.gate.CompactionPolicy;
import io.narrows.broker.gate.LinkFeature;
import io.narrows.broker.tier.SegmentStorage;
import io.narrows.relay.Checks;
import kafka.server.ControllerRegistrationManager;
import kafka.server.ControllerServer;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.metadata.bootstrap.BootstrapMetadata;
import org.apache.kafka.server.log.remote.storage.RemoteLogManagerConfig;
import org.apache.kafka.server.policy.AlterConfigPolicy;
import org.jspecify.annotations.Nullable;
import scala.Option;

/**
 * Kafka's controller with the gates of a Narrows cluster: it announces {@link LinkFeature}, admits only servers that do,
 * and refuses to make topics compacted that may hold links. Its start-up code is the stock one; threads are those of the
 * stock class.
 */
final class NarrowsControllerServer extends ControllerServer {
    private final NarrowsSharedServer shared;
    private volatile boolean announces;

    NarrowsControllerServer(NarrowsSharedServer shared, BootstrapMetadata bootstrap) {
        super(shared, KafkaRaftServer.configSchema(), bootstrap);
        this.shared = shared;
    }

    /** Called by the stock start-up with the user's policy, before the controller is built with it. */
    @Override
    public void alterConfigPolicy_$eq(Option<AlterConfigPolicy> configured) {
        super.alterConfigPolicy_$eq(Option.apply(new CompactionPolicy(
                configured.getOrElse(() -> null),
                config().logCleanupPolicy(),
                tiersResolveLinks(),
                this::metadataCache)));
    }

    private boolean tiersResolveLinks() {
        RemoteLogManagerConfig tiers = config().remoteLogManagerConfig();
        return tiers.isRemoteStorageSystemEnabled()
                && SegmentStorage.class.getName().equals(tiers.remoteStorageManagerClassName());
    }

    /** Called by the stock start-up with a manager that does not announce our feature, and with null at the end. */
    @Override
    public void registrationManager_$eq(@Nullable ControllerRegistrationManager stock) {
        if (stock == null) {
            super.registrationManager_$eq(null);
            return;
        }
        stock.close();
        super.registrationManager_$eq(new ControllerRegistrationManager(
                stock.nodeId(),
                stock.clusterId(),
                stock.time(),
                stock.threadNamePrefix(),
                LinkFeature.controllerFeatures(config().unstableFeatureVersionsEnabled()),
                stock.incarnationId(),
                stock.listenerInfo(),
                stock.resendExponentialBackoff()));
        announces = true;
    }

    @Override
    public void startup() {
        super.startup();
        Checks.invariant(announces, "the controller does not announce the feature of Narrows");
        Checks.invariant(
                shared.requestHandlerPoolFactory().gated(), "the controller does not use the registration gate");
        Checks.invariant(
                alterConfigPolicy().getOrElse(() -> null) instanceof CompactionPolicy,
                "the controller does not use the policy of Narrows");
    }
}
