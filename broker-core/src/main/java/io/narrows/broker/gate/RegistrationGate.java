package io.narrows.broker.gate;

import kafka.network.RequestChannel;
import kafka.server.ApiRequestHandler;
import kafka.server.KafkaRequestHandlerPool;
import kafka.server.KafkaRequestHandlerPoolFactory;
import org.apache.kafka.common.message.BrokerRegistrationResponseData;
import org.apache.kafka.common.message.ControllerRegistrationResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.BrokerRegistrationRequest;
import org.apache.kafka.common.requests.BrokerRegistrationResponse;
import org.apache.kafka.common.requests.ControllerRegistrationRequest;
import org.apache.kafka.common.requests.ControllerRegistrationResponse;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.server.common.RequestLocal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Option;
import scala.reflect.ClassTag;

/**
 * Stands in front of a controller's request handling and refuses brokers and controllers that do not announce
 * {@link LinkFeature}, as Kafka refuses those that lack a finalized feature. Stateless, on the handler threads.
 */
public final class RegistrationGate implements ApiRequestHandler {
    private static final Logger LOG = LoggerFactory.getLogger(RegistrationGate.class);

    private final RequestChannel channel;
    private final ApiRequestHandler stock;

    private RegistrationGate(RequestChannel channel, ApiRequestHandler stock) {
        this.channel = channel;
        this.stock = stock;
    }

    /** Puts the gate in front of the handlers of controllers, and leaves those of brokers alone. */
    public static final class PoolFactory extends KafkaRequestHandlerPoolFactory {
        private volatile boolean gated;

        @Override
        public KafkaRequestHandlerPool createPool(
                int brokerId,
                RequestChannel channel,
                ApiRequestHandler apis,
                Time time,
                int numThreads,
                String nodeName) {
            boolean controller = "controller".equals(nodeName);
            gated |= controller;
            return super.createPool(
                    brokerId,
                    channel,
                    controller ? new RegistrationGate(channel, apis) : apis,
                    time,
                    numThreads,
                    nodeName);
        }

        /** Whether a controller's handlers were made here. */
        public boolean gated() {
            return gated;
        }
    }

    @Override
    public void handle(RequestChannel.Request request, RequestLocal requestLocal) {
        ApiKeys api = request.header().apiKey();
        if (api == ApiKeys.BROKER_REGISTRATION) {
            BrokerRegistrationRequest body = request.body(ClassTag.apply(BrokerRegistrationRequest.class));
            var feature = body.data().features().find(LinkFeature.NAME);
            if (feature == null || feature.maxSupportedVersion() < LinkFeature.LEVEL) {
                refused("broker", body.data().brokerId());
                channel.sendResponse(
                        request,
                        new BrokerRegistrationResponse(
                                new BrokerRegistrationResponseData().setErrorCode(Errors.UNSUPPORTED_VERSION.code())),
                        Option.empty());
                return;
            }
        } else if (api == ApiKeys.CONTROLLER_REGISTRATION) {
            ControllerRegistrationRequest body = request.body(ClassTag.apply(ControllerRegistrationRequest.class));
            var feature = body.data().features().find(LinkFeature.NAME);
            if (feature == null || feature.maxSupportedVersion() < LinkFeature.LEVEL) {
                refused("controller", body.data().controllerId());
                channel.sendResponse(
                        request,
                        new ControllerRegistrationResponse(new ControllerRegistrationResponseData()
                                .setErrorCode(Errors.UNSUPPORTED_VERSION.code())),
                        Option.empty());
                return;
            }
        }
        stock.handle(request, requestLocal);
    }

    private static void refused(String role, int id) {
        LOG.atError()
                .addKeyValue("role", role)
                .addKeyValue("id", id)
                .addKeyValue("feature", LinkFeature.NAME)
                .addKeyValue("level", LinkFeature.LEVEL)
                .log(
                        "Refused to register a server without the feature of Narrows, which would serve links as data. Run it "
                                + "with Narrows, or stop it.");
    }

    @Override
    public void tryCompleteActions() {
        stock.tryCompleteActions();
    }
}
