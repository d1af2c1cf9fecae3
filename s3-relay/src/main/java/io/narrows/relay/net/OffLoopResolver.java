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
 * Looks host names up on a thread of its own, because the JDK's look-up blocks and an event loop must not. One instance
 * serves the whole process; its only thread is a daemon.
 */
public final class OffLoopResolver extends AddressResolverGroup<InetSocketAddress> {
    public static final OffLoopResolver INSTANCE = new OffLoopResolver();

    private final EventExecutor lookups =
            new UnorderedThreadPoolEventExecutor(1, new DefaultThreadFactory("narrows-dns", true));

    private OffLoopResolver() {}

    @Override
    protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
        return new InetSocketAddressResolver(lookups, new DefaultNameResolver(lookups));
    }
}
