package io.narrows.router.upstream;

import io.narrows.testing.Await;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
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
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BiFunction;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.jspecify.annotations.Nullable;

/**
 * A peer that speaks the Kafka protocol and answers from a script: per API a function from request and version to the
 * response, null for no answer. ApiVersions is answered with what the scripts name, unless it has a script.
 */
public final class ScriptedBroker implements AutoCloseable {
    /** A request as it arrived. */
    public record Seen(ApiKeys api, short version, String clientId, ApiMessage message) {}

    private final NioEventLoopGroup eventLoop = new NioEventLoopGroup(1);
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final Map<ApiKeys, BiFunction<Short, ApiMessage, @Nullable ApiMessage>> scripts = new ConcurrentHashMap<>();
    private final Queue<Seen> seen = new ConcurrentLinkedQueue<>();
    private final Channel listener;

    public ScriptedBroker() {
        this(null);
    }

    public ScriptedBroker(@Nullable SslContext ssl) {
        listener = new ServerBootstrap()
                .group(eventLoop)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        connections.add(channel);
                        if (ssl != null) {
                            channel.pipeline().addLast(ssl.newHandler(channel.alloc()));
                        }
                        channel.pipeline()
                                .addLast(new LengthFieldBasedFrameDecoder(1 << 20, 0, 4, 0, 4), new Requests());
                    }
                })
                .bind("127.0.0.1", 0)
                .syncUninterruptibly()
                .channel();
    }

    /** Unresolved, as a broker is named in configurations and Metadata. */
    public InetSocketAddress address() {
        return InetSocketAddress.createUnresolved("127.0.0.1", ((InetSocketAddress) listener.localAddress()).getPort());
    }

    public void on(ApiKeys api, BiFunction<Short, ApiMessage, @Nullable ApiMessage> script) {
        scripts.put(api, script);
    }

    public long count(ApiKeys api) {
        return seen.stream().filter(request -> request.api() == api).count();
    }

    public Queue<Seen> seen() {
        return seen;
    }

    public int connections() {
        return connections.size();
    }

    public void disconnectAll() {
        connections.close().syncUninterruptibly();
    }

    /** Sends bytes without a request. */
    public void send(byte[] bytes) {
        connections.writeAndFlush(Unpooled.wrappedBuffer(bytes));
    }

    @Override
    public void close() {
        listener.close().syncUninterruptibly();
        disconnectAll();
        eventLoop.shutdownGracefully();
        Await.until("the scripted broker stops", Duration.ofSeconds(10), eventLoop::isShuttingDown);
    }

    private ApiVersionsResponseData offered() {
        ApiVersionsResponseData.ApiVersionCollection versions = new ApiVersionsResponseData.ApiVersionCollection();
        for (ApiKeys api : scripts.keySet()) {
            versions.add(new ApiVersionsResponseData.ApiVersion()
                    .setApiKey(api.id)
                    .setMinVersion(api.oldestVersion())
                    .setMaxVersion(api.latestVersion()));
        }
        return new ApiVersionsResponseData().setApiKeys(versions);
    }

    private final class Requests extends SimpleChannelInboundHandler<ByteBuf> {
        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf frame) {
            ByteBuffer bytes = KafkaWire.copy(frame);
            ApiKeys api = ApiKeys.forId(bytes.getShort(0));
            short version = bytes.getShort(2);
            RequestHeaderData header =
                    new RequestHeaderData(new ByteBufferAccessor(bytes), api.requestHeaderVersion(version));
            ApiMessage message = api.messageType.newRequest();
            message.read(new ByteBufferAccessor(bytes), version);
            seen.add(new Seen(api, version, header.clientId(), message));
            BiFunction<Short, ApiMessage, @Nullable ApiMessage> script = scripts.get(api);
            ApiMessage answer = script != null ? script.apply(version, message) : offered();
            if (answer != null) {
                if (answer instanceof FindCoordinatorResponseData throttling && throttling.throttleTimeMs() > 0) {
                    // A broker mutes the connection of a throttled client.
                    ctx.channel().config().setAutoRead(false);
                }
                boolean refused = answer instanceof ApiVersionsResponseData versions && versions.errorCode() == 35;
                ctx.writeAndFlush(encode(header.correlationId(), api, refused ? (short) 0 : version, answer));
            }
        }

        private ByteBuf encode(int correlationId, ApiKeys api, short version, ApiMessage answer) {
            ResponseHeaderData header = new ResponseHeaderData().setCorrelationId(correlationId);
            short headerVersion = api.responseHeaderVersion(version);
            ObjectSerializationCache cache = new ObjectSerializationCache();
            int size = header.size(cache, headerVersion) + answer.size(cache, version);
            ByteBuffer buffer = ByteBuffer.allocate(4 + size).putInt(size);
            header.write(new ByteBufferAccessor(buffer), cache, headerVersion);
            answer.write(new ByteBufferAccessor(buffer), cache, version);
            return Unpooled.wrappedBuffer(buffer.flip());
        }
    }
}
