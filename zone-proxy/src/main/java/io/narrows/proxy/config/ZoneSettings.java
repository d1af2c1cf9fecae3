package io.narrows.proxy.config;

import static io.narrows.proxy.config.ConfigValues.invalid;

import io.narrows.proxy.server.Listener;
import io.narrows.proxy.zone.Cidr;
import io.narrows.proxy.zone.ZoneRules;
import io.narrows.proxy.zone.ZoneRules.Source;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.apache.kafka.common.config.AbstractConfig;

/** Parses the settings of client.zone.*. Stateless. */
final class ZoneSettings {
    private ZoneSettings() {}

    static ZoneRules rules(AbstractConfig config, List<Listener> listeners) {
        return new ZoneRules(
                config.getString(ProxyConfigKeys.ZONE).trim(),
                sources(config),
                byListener(config, listeners),
                byRange(config),
                pattern(config));
    }

    private static List<Source> sources(AbstractConfig config) {
        List<Source> sources = new ArrayList<>();
        for (String name : config.getList(ProxyConfigKeys.CLIENT_ZONE_SOURCES)) {
            if (name.isBlank()) {
                continue;
            }
            Source source = Arrays.stream(Source.values())
                    .filter(known -> inConfig(known).equals(name.trim()))
                    .findFirst()
                    .orElseThrow(() -> invalid(
                            ProxyConfigKeys.CLIENT_ZONE_SOURCES,
                            name,
                            "must be some of listener, cidr, rack and client-id"));
            if (sources.contains(source)) {
                throw ConfigValues.invalid(ProxyConfigKeys.CLIENT_ZONE_SOURCES, name, "must have each source once");
            }
            sources.add(source);
        }
        return sources;
    }

    private static String inConfig(Source source) {
        return source.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static Map<String, String> byListener(AbstractConfig config, List<Listener> listeners) {
        Map<String, String> zones = pairs(config, ProxyConfigKeys.CLIENT_ZONE_LISTENERS, "NAME=zone");
        zones.keySet().forEach(name -> {
            if (listeners.stream().noneMatch(listener -> listener.name().equals(name))) {
                throw ConfigValues.invalid(
                        ProxyConfigKeys.CLIENT_ZONE_LISTENERS, name, "must only have names of listeners");
            }
        });
        return zones;
    }

    private static Map<Cidr, String> byRange(AbstractConfig config) {
        Map<Cidr, String> zones = new LinkedHashMap<>();
        pairs(config, ProxyConfigKeys.CLIENT_ZONE_CIDRS, "10.1.0.0/16=zone").forEach((range, zone) -> {
            try {
                zones.put(Cidr.parse(range), zone);
            } catch (IllegalArgumentException e) {
                throw ConfigValues.invalid(
                        ProxyConfigKeys.CLIENT_ZONE_CIDRS, range, "must be address/bits=zone, as 10.1.0.0/16=zone");
            }
        });
        return zones;
    }

    private static Map<String, String> pairs(AbstractConfig config, String key, String form) {
        Map<String, String> pairs = new LinkedHashMap<>();
        for (String entry : config.getList(key)) {
            if (entry.isBlank()) {
                continue;
            }
            String[] parts = entry.trim().split("=", -1);
            if (parts.length != 2 || parts[0].isBlank() || parts[1].isBlank()) {
                throw ConfigValues.invalid(key, entry, "must be " + form);
            }
            pairs.put(parts[0].trim(), parts[1].trim());
        }
        return pairs;
    }

    private static Pattern pattern(AbstractConfig config) {
        String text = config.getString(ProxyConfigKeys.CLIENT_ZONE_PATTERN);
        try {
            Pattern pattern = Pattern.compile(text);
            if (pattern.matcher("").groupCount() < 1) {
                throw ConfigValues.invalid(
                        ProxyConfigKeys.CLIENT_ZONE_PATTERN, text, "must have a group ( ) for the zone");
            }
            return pattern;
        } catch (PatternSyntaxException e) {
            throw ConfigValues.invalid(
                    ProxyConfigKeys.CLIENT_ZONE_PATTERN, text, "must be a regular expression (" + e.getMessage() + ")");
        }
    }
}
