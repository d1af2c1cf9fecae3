package io.narrows.proxy.config;

import io.narrows.proxy.gateway.GroupSeal;
import io.narrows.proxy.gateway.MemberTrust;
import io.narrows.proxy.server.Listener;
import io.narrows.relay.SecretText;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigException;

/** Reads which members a proxy of a gateway trusts. Error messages name the key and the remedy, and no secret. */
final class GatewayTrust {
    private static final Pattern SECRET = Pattern.compile("([A-Za-z0-9._-]{1,32})=(\\S{16,256})");
    private static final int MAX_SECRETS = 2;

    private final AbstractConfig config;

    GatewayTrust(AbstractConfig config) {
        this.config = config;
    }

    MemberTrust read(List<Listener> listeners) {
        MemberTrust trust = new MemberTrust(seal(), endpoints());
        for (Listener listener : listeners) {
            String address = String.valueOf(listener.advertised());
            boolean known =
                    listener.advertised() != null && listener.advertised().port() > 0;
            if (known && !trust.admits(listener.name(), address)) {
                throw new ConfigException(ProxyConfigKeys.GATEWAY_ENDPOINTS + " must match this proxy's own "
                        + listener.name() + "://" + address + "; otherwise the other proxies ignore it");
            }
        }
        return trust;
    }

    private Optional<GroupSeal> seal() {
        String secrets =
                config.getPassword(ProxyConfigKeys.GATEWAY_SECRETS).value().trim();
        boolean required =
                config.getString(ProxyConfigKeys.GATEWAY_AUTHENTICATION).equals("secret");
        if (secrets.isEmpty() && required) {
            throw new ConfigException(
                    "gateway.secrets must be set with gateway.group; set the same NAME=SECRET in all proxies of"
                            + " the gateway. Without it every client that may join their group can redirect"
                            + " producers; gateway.authentication=none accepts that");
        }
        if (!secrets.isEmpty() && !required) {
            throw new ConfigException("gateway.secrets is set with gateway.authentication=none; remove one of them");
        }
        return secrets.isEmpty() ? Optional.empty() : Optional.of(new GroupSeal(keys(secrets)));
    }

    private static List<GroupSeal.Key> keys(String configured) {
        List<GroupSeal.Key> keys = new ArrayList<>();
        for (String secret : text(configured).split("[,\\s]+", -1)) {
            var matcher = SECRET.matcher(secret);
            if (!matcher.matches()) {
                throw new ConfigException(
                        "gateway.secrets must have entries NAME=SECRET, with a name of up to 32 letters,"
                                + " digits, '.', '_' and '-' and a secret of 16 to 256 characters; found another entry");
            }
            keys.add(new GroupSeal.Key(matcher.group(1), matcher.group(2).getBytes(StandardCharsets.UTF_8)));
        }
        long names = keys.stream().map(GroupSeal.Key::toString).distinct().count();
        if (keys.size() > MAX_SECRETS || names < keys.size()) {
            throw new ConfigException(
                    "gateway.secrets must have one or two entries of different names, got " + keys.size() + " entries");
        }
        return keys;
    }

    private static String text(String configured) {
        try {
            return SecretText.of(ProxyConfigKeys.GATEWAY_SECRETS, configured);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(e.getMessage());
        }
    }

    private Pattern endpoints() {
        String pattern = config.getString(ProxyConfigKeys.GATEWAY_ENDPOINTS);
        try {
            return Pattern.compile(pattern);
        } catch (PatternSyntaxException e) {
            throw ConfigValues.invalid(
                    ProxyConfigKeys.GATEWAY_ENDPOINTS,
                    pattern,
                    "must be a regular expression (" + e.getDescription() + ")");
        }
    }
}
