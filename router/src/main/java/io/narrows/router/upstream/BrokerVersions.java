package io.narrows.router.upstream;

import java.util.EnumMap;
import java.util.Map;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/** The version ranges one broker offers. Immutable. */
final class BrokerVersions {
    private static final Upstream.VersionRange NONE = new Upstream.VersionRange((short) 0, (short) -1);

    private final Map<ApiKeys, Upstream.VersionRange> ranges = new EnumMap<>(ApiKeys.class);

    BrokerVersions(ApiVersionsResponseData response) {
        for (ApiVersionsResponseData.ApiVersion offered : response.apiKeys()) {
            if (ApiKeys.hasId(offered.apiKey())) {
                ranges.put(
                        ApiKeys.forId(offered.apiKey()),
                        new Upstream.VersionRange(offered.minVersion(), offered.maxVersion()));
            }
        }
    }

    Upstream.VersionRange range(ApiKeys api) {
        return ranges.getOrDefault(api, NONE);
    }

    /** The version to send: the wanted one, or the newest that both sides know. */
    short choose(ApiKeys api, short wanted) {
        Upstream.VersionRange offered = range(api);
        short version = wanted == Upstream.NEWEST ? (short) Math.min(offered.max(), api.latestVersion()) : wanted;
        if (version < offered.min() || version > offered.max() || !api.isVersionSupported(version)) {
            throw new UnsupportedVersionException("The broker offers versions " + offered.min() + " to " + offered.max()
                    + " of " + api.name + ", not " + version);
        }
        return version;
    }
}
