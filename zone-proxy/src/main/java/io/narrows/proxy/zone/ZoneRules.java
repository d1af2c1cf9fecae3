package io.narrows.proxy.zone;

import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Who says in which zone a client is.
 *
 * @param ownZone the proxy's
 * @param order the first source with a value wins; without sources, detection is off
 * @param byListener zones by listener name
 * @param byRange zones by range of addresses; the longest prefix counts
 * @param clientId finds a zone in a client id, as its first group
 */
public record ZoneRules(
        String ownZone,
        List<Source> order,
        Map<String, String> byListener,
        Map<Cidr, String> byRange,
        Pattern clientId) {
    /** Where the answer may come from, in configuration {@code listener}, {@code cidr}, {@code rack}, {@code client-id}. */
    public enum Source {
        LISTENER,
        CIDR,
        RACK,
        CLIENT_ID
    }

    public ZoneRules {
        order = List.copyOf(order);
        byListener = Map.copyOf(byListener);
        byRange = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(byRange));
    }

    /** Detection is off. */
    public static ZoneRules none(String ownZone) {
        return new ZoneRules(ownZone, List.of(), Map.of(), Map.of(), Pattern.compile("()"));
    }

    Optional<String> ofListener(String listener) {
        return Optional.ofNullable(byListener.get(listener));
    }

    Optional<String> ofAddress(InetAddress address) {
        String zone = null;
        int longest = -1;
        for (Map.Entry<Cidr, String> range : byRange.entrySet()) {
            if (range.getKey().prefixLength() > longest && range.getKey().contains(address)) {
                zone = range.getValue();
                longest = range.getKey().prefixLength();
            }
        }
        return Optional.ofNullable(zone);
    }

    Optional<String> ofClientId(String id) {
        Matcher matcher = clientId.matcher(id);
        return matcher.find()
                        && matcher.groupCount() > 0
                        && matcher.group(1) != null
                        && !matcher.group(1).isEmpty()
                ? Optional.of(matcher.group(1))
                : Optional.empty();
    }
}
