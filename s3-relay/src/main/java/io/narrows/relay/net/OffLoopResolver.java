package io.narrows.relay.net;

import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.DefaultNameResolver;
import io.netty.resolver.InetSocketAddressResolver;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.UnorderedThreadPoolEventExecutor;
import java.net.InetSocketAddress;

/**
 * Looks host names up on a thread of its own, because the JDK's look-up blocks and an event loop must not. Each instance
 * serves the whole process with one daemon thread; brokers and the object store have one each, so that a name of the one
 * that does not resolve delays no look-up of the other.
 */
public final class OffLoopResolver extends AddressResolverGroup<InetSocketAddress> {
    /** For brokers. */
    public static final OffLoopResolver INSTANCE = new OffLoopResolver("narrows-dns");
    /** For the object store. */
    public static final OffLoopResolver STORE = new OffLoopResolver("s3-dns");

    private final EventExecutor lookups;

    private OffLoopResolver(String thread) {
        lookups = new UnorderedThreadPoolEventExecutor(1, new DefaultThreadFactory(thread, true));
    }

    @Override
    protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
        return new InetSocketAddressResolver(lookups, new DefaultNameResolver(lookups));
    }
}
