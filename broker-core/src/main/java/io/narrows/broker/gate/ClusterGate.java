package io.narrows.broker.gate;

import io.narrows.broker.log.LinkGate;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.image.ClusterImage;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.loader.LoaderManifest;
import org.apache.kafka.image.publisher.MetadataPublisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets links into the logs of this broker only while every registered broker and controller announces
 * {@link LinkFeature}: a stock broker would serve links as data. Written by the metadata loader's thread, read by any.
 */
public final class ClusterGate implements MetadataPublisher, LinkGate {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterGate.class);

    private final int nodeId;
    private final LinkTopics topics;
    private volatile boolean open;

    public ClusterGate(int nodeId, LinkTopics topics) {
        this.nodeId = nodeId;
        this.topics = topics;
    }

    @Override
    public boolean open() {
        return open;
    }

    @Override
    public boolean open(String topic) {
        return open && topics.include(topic);
    }

    @Override
    public String name() {
        return "NarrowsClusterGate(" + nodeId + ")";
    }

    @Override
    public void onMetadataUpdate(MetadataDelta delta, MetadataImage newImage, LoaderManifest manifest) {
        if (delta.clusterDelta() == null && open) {
            return;
        }
        ClusterImage cluster = newImage.cluster();
        List<String> strangers = strangers(cluster);
        boolean opens = strangers.isEmpty() && !cluster.controllers().isEmpty();
        if (opens && !open) {
            LOG.atInfo().log("All brokers and controllers of the cluster run Narrows: links are allowed");
        } else if (!opens && open) {
            LOG.atError()
                    .addKeyValue("servers", strangers)
                    .log(
                            "Servers of the cluster do not run Narrows: new batches stay inline, and these servers may serve "
                                    + "links as data. Stop them, and unregister brokers with kafka-cluster unregister.");
        }
        open = opens;
    }

    private static List<String> strangers(ClusterImage cluster) {
        List<String> strangers = new ArrayList<>();
        cluster.brokers().forEach((id, broker) -> {
            if (!LinkFeature.isIn(broker.supportedFeatures())) {
                strangers.add("broker " + id);
            }
        });
        cluster.controllers().forEach((id, controller) -> {
            if (!LinkFeature.isIn(controller.supportedFeatures())) {
                strangers.add("controller " + id);
            }
        });
        return strangers;
    }

    @Override
    public void close() {
        open = false;
    }
}
