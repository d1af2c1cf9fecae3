package io.narrows.proxy.zone;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/** A range of IPv4 or IPv6 addresses, like {@code 10.1.0.0/16}. Immutable. */
public record Cidr(InetAddress network, int prefixLength) {
    private static final Pattern LITERAL = Pattern.compile("[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

    public Cidr {
        int bits = network.getAddress().length * Byte.SIZE;
        if (prefixLength < 0 || prefixLength > bits) {
            throw new IllegalArgumentException("prefix length must be 0 to " + bits + ", got " + prefixLength);
        }
    }

    /** Throws {@link IllegalArgumentException} for what is none; never asks a name server. */
    public static Cidr parse(String text) {
        int slash = text.indexOf('/');
        String address = slash < 0 ? text : text.substring(0, slash);
        if (!LITERAL.matcher(address).matches()) {
            throw new IllegalArgumentException("'" + address + "' is not an IP address");
        }
        try {
            InetAddress network = InetAddress.getByName(address);
            int bits = network.getAddress().length * Byte.SIZE;
            return new Cidr(network, slash < 0 ? bits : Integer.parseInt(text.substring(slash + 1)));
        } catch (UnknownHostException | NumberFormatException e) {
            throw new IllegalArgumentException("'" + text + "' is not an address range like 10.1.0.0/16", e);
        }
    }

    /** An IPv4 address that came in IPv6 form is looked at as IPv4: Java makes it one. */
    public boolean contains(InetAddress address) {
        byte[] ours = network.getAddress();
        byte[] theirs = address.getAddress();
        if (ours.length != theirs.length) {
            return false;
        }
        int whole = prefixLength / Byte.SIZE;
        for (int i = 0; i < whole; i++) {
            if (ours[i] != theirs[i]) {
                return false;
            }
        }
        int rest = prefixLength % Byte.SIZE;
        int mask = rest == 0 ? 0 : 0xff << (Byte.SIZE - rest);
        return (mask & (whole < ours.length ? ours[whole] ^ theirs[whole] : 0)) == 0;
    }
}
