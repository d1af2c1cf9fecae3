package io.narrows.broker.server;

import io.narrows.broker.read.ResponseEnds;
import kafka.network.RequestChannel;
import kafka.server.ClientRequestQuotaManager;
import kafka.server.KafkaConfig;
import kafka.server.QuotaFactory.QuotaManagers;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.server.config.ClientQuotaManagerConfig;

/**
 * Kafka's request quotas. Stock code asks them on the thread that answers a request, right before it builds the response:
 * so {@link ResponseEnds} knows whose response that is. Threads are those of the stock class.
 */
final class ResponseQuota extends ClientRequestQuotaManager {
    private ResponseQuota(KafkaConfig config, Metrics metrics, Time time, QuotaManagers stock) {
        super(
                new ClientQuotaManagerConfig(
                        config.quotaConfig().numQuotaSamples(),
                        config.quotaConfig().quotaWindowSizeSeconds()),
                metrics,
                time,
                "broker-" + config.nodeId() + "-",
                stock.clientQuotaCallbackPlugin());
    }

    /** The same quotas with ours for requests, in place of the stock ones, which have counted nothing yet. */
    static QuotaManagers in(QuotaManagers stock, KafkaConfig config, Metrics metrics, Time time) {
        stock.request().shutdown();
        return new QuotaManagers(
                stock.fetch(),
                stock.produce(),
                new ResponseQuota(config, metrics, time, stock),
                stock.controllerMutation(),
                stock.leader(),
                stock.follower(),
                stock.alterLogDirs(),
                stock.clientQuotaCallbackPlugin());
    }

    @Override
    public int maybeRecordAndGetThrottleTimeMs(RequestChannel.Request request, long timeMs) {
        ResponseEnds.answering(request);
        return super.maybeRecordAndGetThrottleTimeMs(request, timeMs);
    }

    @Override
    public void maybeRecordExempt(RequestChannel.Request request) {
        ResponseEnds.answering(request);
        super.maybeRecordExempt(request);
    }
}
