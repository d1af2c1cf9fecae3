package io.narrows.proxy.zone;

import io.narrows.proxy.zone.ZoneRules.Source;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is known of the zone of one connection's client. Owned by the event loop of the connection. */
public final class ClientZone {
    private static final int MAX_CLIENT_ID_CHARS = 128;

    private final ClientZones zones;
    private final InetAddress address;
    private final Map<Source, String> said = new EnumMap<>(Source.class);
    private String clientId = "";
    private String rack = "";
    private String counted;
    private boolean closed;

    ClientZone(ClientZones zones, String listener, InetAddress address) {
        this.zones = zones;
        this.address = address;
        zones.rules().ofListener(listener).ifPresent(zone -> said.put(Source.LISTENER, zone));
        zones.rules().ofAddress(address).ifPresent(zone -> said.put(Source.CIDR, zone));
        this.counted = ClientZones.UNKNOWN;
        if (isAsked()) {
            zones.enter(counted);
            place();
        }
    }

    /** A client has connected from this address, a literal; the caller closes what it gets. */
    public static ClientZone connect(ClientZones zones, String listener, String address) {
        InetAddress parsed;
        try {
            parsed = InetAddress.getByName(address);
        } catch (UnknownHostException e) {
            parsed = InetAddress.getLoopbackAddress();
        }
        return new ClientZone(zones, listener, parsed);
    }

    private boolean isAsked() {
        return !zones.rules().order().isEmpty();
    }

    /** A request has come with this id. */
    public void sawClientId(String id) {
        if (isAsked() && !closed && !id.equals(clientId)) {
            String before = clientId;
            clientId = id.substring(0, Math.min(id.length(), MAX_CLIENT_ID_CHARS));
            zones.rules().ofClientId(id).ifPresent(zone -> said.put(Source.CLIENT_ID, zone));
            place();
            zones.renamed(address, before, clientId);
        }
    }

    /** A request has come with this rack, {@code client.rack} in the client's configuration. */
    public void sawRack(@Nullable String name) {
        if (isAsked() && !closed && name != null && !name.isEmpty() && !name.equals(rack)) {
            rack = name;
            said.put(Source.RACK, name);
            place();
        }
    }

    private void place() {
        for (Source source : zones.rules().order()) {
            String zone = said.get(source);
            if (zone != null) {
                move(zone, source);
                return;
            }
        }
    }

    private void move(String zone, Source source) {
        String name = zones.counted(zone);
        if (name.equals(counted)) {
            return;
        }
        zones.leave(counted);
        counted = name;
        zones.enter(counted);
        if (!zone.equals(zones.rules().ownZone())) {
            zones.misplaced(address, clientId, name, source);
        }
    }

    /** The name under which the connection is counted. */
    public String name() {
        return counted;
    }

    /** The connection has ended. */
    public void close() {
        if (isAsked() && !closed) {
            zones.leave(counted);
        }
        closed = true;
    }
}
