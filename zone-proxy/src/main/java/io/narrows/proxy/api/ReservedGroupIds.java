package io.narrows.proxy.api;

import org.jspecify.annotations.Nullable;

/** The ids of the groups that proxies form among themselves (RFC 0007). Stateless. */
public final class ReservedGroupIds {
    /** Ids that begin like this are reserved, whether this proxy is a member or not. */
    public static final String PREFIX = "narrows-gateway.";

    private ReservedGroupIds() {}

    static boolean isReserved(@Nullable String groupId) {
        return groupId != null && groupId.startsWith(PREFIX);
    }
}
