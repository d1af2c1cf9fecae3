package io.narrows.proxy.departure;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ApiMessageType.ListenerType;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.RequestHeader;

/**
 * The one broker of a cluster, on a socket: leads partition 0 of {@link #TOPIC}, coordinates everything, and treats what
 * clients ask as its mood says. A connection on which something is not answered gets no further answer, as at a broker.
 * Its event loop owns all connections.
 */
final class MoodyBroker implements AutoCloseable {
    static final String TOPIC = "orders";
    static final Uuid TOPIC_ID = new Uuid(11, 12);
    private static final int ID = 1;

    /** What becomes of a request. */
    enum Mood {
        /** Everything is answered, with the message's defaults. */
        ANSWERS,
        /** What the proxy asks for itself is answered, what clients ask never. */
        SILENT,
        /** As SILENT, and no client learns of other topics or of coordinators. */
        KNOWS_NOTHING,
        /** Connections are accepted, and nothing on new ones is answered. */
        DEAF,
        /** The connection ends. */
        CLOSES,
        /** The answer is no message. */
        BABBLES,
        /** As SILENT until {@link #answerLate()}. */
        LATE
    }

    private final NioEventLoopGroup loop = new NioEventLoopGroup(1);
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final Set<ApiKeys> seen = ConcurrentHashMap.newKeySet();
    private final Queue<Runnable> late = new ConcurrentLinkedQueue<>();
    private final Channel listener;
    private volatile Mood mood = Mood.ANSWERS;

    MoodyBroker() {
        listener = new ServerBootstrap()
                .group(loop)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        connections.add(channel);
                        channel.pipeline()
                                .addLast(new LengthFieldBasedFrameDecoder(8 << 20, 0, 4, 0, 4), new Requests(mood));
                    }
                })
                .bind("127.0.0.1", 0)
                .syncUninterruptibly()
                .channel();
    }

    int port() {
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    void mood(Mood now) {
        mood = now;
        seen.clear();
        late.clear();
    }

    /** The APIs of which a request of a client has come since the mood was set. */
    Set<ApiKeys> seen() {
        return seen.isEmpty() ? EnumSet.noneOf(ApiKeys.class) : EnumSet.copyOf(seen);
    }

    int connections() {
        return connections.size();
    }

    /** Answers what was kept back. */
    void answerLate() {
        for (Runnable answer = late.poll(); answer != null; answer = late.poll()) {
            loop.execute(answer);
        }
    }

    @Override
    public void close() {
        listener.close().syncUninterruptibly();
        connections.close().syncUninterruptibly();
        loop.shutdownGracefully(0, 1, java.util.concurrent.TimeUnit.SECONDS).syncUninterruptibly();
    }

    private final class Requests extends SimpleChannelInboundHandler<ByteBuf> {
        private final Mood bornIn;
        private boolean stuck;

        Requests(Mood bornIn) {
            this.bornIn = bornIn;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf frame) {
            ByteBuffer bytes = ByteBuffer.wrap(ByteBufUtil.getBytes(frame));
            RequestHeader header = RequestHeader.parse(bytes);
            ApiMessage request = AbstractRequest.parseRequest(
                            header.apiKey(), header.apiVersion(), new ByteBufferAccessor(bytes))
                    .request
                    .data();
            boolean own = header.clientId() == null
                    || header.clientId().isEmpty()
                    || header.clientId().startsWith("narrows");
            if (!own) {
                seen.add(header.apiKey());
            }
            if (own && answersProxy(header.apiKey(), request)) {
                answer(ctx, header, request);
                return;
            }
            switch (mood) {
                case ANSWERS -> answer(ctx, header, request);
                case CLOSES -> ctx.close();
                case BABBLES ->
                    ctx.writeAndFlush(Unpooled.buffer()
                            .writeInt(12)
                            .writeInt(header.correlationId())
                            .writeLong(-1));
                case LATE -> late.add(() -> answer(ctx, header, request));
                case SILENT, KNOWS_NOTHING, DEAF -> stuck = true;
            }
        }

        private boolean answersProxy(ApiKeys key, ApiMessage request) {
            if (stuck || (mood == Mood.DEAF && bornIn == Mood.DEAF)) {
                return false;
            }
            boolean others = request instanceof MetadataRequestData metadata
                    && metadata.topics() != null
                    && metadata.topics().stream()
                            .anyMatch(topic -> !TOPIC_ID.equals(topic.topicId()) && !TOPIC.equals(topic.name()));
            return mood != Mood.KNOWS_NOTHING || !(others || key == ApiKeys.FIND_COORDINATOR);
        }

        private void answer(ChannelHandlerContext ctx, RequestHeader header, ApiMessage request) {
            ApiKeys key = header.apiKey();
            ByteBuffer head = MessageUtil.toByteBufferAccessor(
                            new ResponseHeaderData().setCorrelationId(header.correlationId()),
                            key.responseHeaderVersion(header.apiVersion()))
                    .buffer();
            ByteBuffer body = MessageUtil.toByteBufferAccessor(response(key, request), header.apiVersion())
                    .buffer();
            ctx.writeAndFlush(Unpooled.buffer()
                    .writeInt(head.remaining() + body.remaining())
                    .writeBytes(head)
                    .writeBytes(body));
        }
    }

    private ApiMessage response(ApiKeys key, ApiMessage request) {
        if (key == ApiKeys.API_VERSIONS) {
            ApiVersionsResponseData versions = new ApiVersionsResponseData();
            for (ApiKeys one : ApiKeys.apisForListener(ListenerType.BROKER)) {
                versions.apiKeys()
                        .add(new ApiVersionsResponseData.ApiVersion()
                                .setApiKey(one.id)
                                .setMinVersion(one.oldestVersion())
                                .setMaxVersion(one.latestVersion(false)));
            }
            return versions;
        } else if (request instanceof MetadataRequestData metadata) {
            return metadata(metadata);
        } else if (request instanceof FindCoordinatorRequestData find) {
            FindCoordinatorResponseData found = new FindCoordinatorResponseData();
            find.coordinatorKeys()
                    .forEach(name -> found.coordinators()
                            .add(new FindCoordinatorResponseData.Coordinator()
                                    .setKey(name)
                                    .setNodeId(ID)
                                    .setHost("127.0.0.1")
                                    .setPort(port())));
            return found;
        }
        return key.messageType.newResponse();
    }

    private MetadataResponseData metadata(MetadataRequestData request) {
        MetadataResponseData metadata =
                new MetadataResponseData().setClusterId("moody").setControllerId(ID);
        metadata.brokers()
                .add(new MetadataResponseData.MetadataResponseBroker()
                        .setNodeId(ID)
                        .setHost("127.0.0.1")
                        .setPort(port())
                        .setRack("a"));
        if (request.topics() == null) {
            return metadata;
        }
        request.topics().forEach(asked -> {
            boolean known = TOPIC.equals(asked.name()) || TOPIC_ID.equals(asked.topicId());
            MetadataResponseData.MetadataResponseTopic topic = new MetadataResponseData.MetadataResponseTopic()
                    .setName(known ? TOPIC : asked.name())
                    .setTopicId(known ? TOPIC_ID : asked.topicId())
                    .setErrorCode(known ? 0 : Errors.UNKNOWN_TOPIC_OR_PARTITION.code());
            if (known) {
                topic.partitions()
                        .add(new MetadataResponseData.MetadataResponsePartition()
                                .setPartitionIndex(0)
                                .setLeaderId(ID)
                                .setLeaderEpoch(1)
                                .setReplicaNodes(List.of(ID))
                                .setIsrNodes(List.of(ID)));
            }
            metadata.topics().add(topic);
        });
        return metadata;
    }
}
