package dev.errata.pipeline.correct.openai;

import dev.errata.pipeline.config.EndpointAddress;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The proxies that the environment names, as curl and Go read it: {@code http_proxy}, {@code https_proxy} by the target's
 * scheme, else {@code all_proxy}, and {@code no_proxy} for hosts that need none; in lower case first, else in upper. This
 * machine itself never needs one.
 */
final class EnvironmentProxies extends ProxySelector {
    private static final int DEFAULT_PORT = 80;

    /**
     * One proxy.
     *
     * @param authorization the value of {@code Proxy-Authorization}, or null
     */
    record Found(String host, int port, String authorization) {
        /** Host and port, as messages name it. */
        String name() {
            return host + ":" + port;
        }
    }

    private final Map<String, String> environment;

    EnvironmentProxies(Map<String, String> environment) {
        this.environment = environment;
    }

    /**
     * The proxy for this target; empty where it is reached directly.
     *
     * @throws BadInputException for a proxy that is not reached over plain http
     */
    Optional<Found> of(URI target) {
        if (EndpointAddress.isLoopback(target.getHost()) || isExempt(target)) {
            return Optional.empty();
        }
        String scheme = target.getScheme().toLowerCase(Locale.ROOT);
        for (String variable : List.of(scheme + "_proxy", "all_proxy")) {
            String value = value(variable);
            if (!value.isEmpty()) {
                return Optional.of(proxy(variable, value));
            }
        }
        return Optional.empty();
    }

    private String value(String variable) {
        String lower = environment.get(variable);
        String found = lower == null ? environment.get(variable.toUpperCase(Locale.ROOT)) : lower;
        return found == null ? "" : found.strip();
    }

    private static Found proxy(String variable, String value) {
        try {
            URI address = URI.create(value.contains("://") ? value : "http://" + value);
            if (!"http".equalsIgnoreCase(address.getScheme())) {
                throw wrong(variable, "names a proxy over " + address.getScheme());
            }
            if (address.getHost() == null) {
                throw wrong(variable, "is no address of a proxy");
            }
            String user = address.getRawUserInfo();
            return new Found(
                    address.getHost(),
                    address.getPort() < 0 ? DEFAULT_PORT : address.getPort(),
                    user == null ? null : basic(user));
        } catch (IllegalArgumentException e) {
            throw wrong(variable, "is no address of a proxy");
        }
    }

    private static String basic(String user) {
        String plain = URLDecoder.decode(user.replace("+", "%2B"), StandardCharsets.UTF_8);
        return "Basic " + Base64.getEncoder().encodeToString(plain.getBytes(StandardCharsets.UTF_8));
    }

    private static BadInputException wrong(String variable, String what) {
        return new BadInputException(
                "the environment variable " + variable + " " + what,
                "the environment",
                "give it as http://host:port, or name the endpoint's host in no_proxy");
    }

    private boolean isExempt(URI target) {
        String host = target.getHost().toLowerCase(Locale.ROOT).replaceAll("^\\[|]$", "");
        int port = target.getPort() >= 0 ? target.getPort() : target.getScheme().equalsIgnoreCase("https") ? 443 : 80;
        for (String entry : value("no_proxy").toLowerCase(Locale.ROOT).split("[,\\s]+")) {
            if (entry.equals("*") || (!entry.isEmpty() && covers(entry, host, port))) {
                return true;
            }
        }
        return false;
    }

    /** Whether an entry is the host, a domain above it, its address or a block of addresses around it. */
    private static boolean covers(String entry, String host, int port) {
        String name = entry;
        if (name.matches("[^:]+:\\d{1,5}|\\[.*]:\\d{1,5}")) {
            int colon = name.lastIndexOf(':');
            if (Integer.parseInt(name.substring(colon + 1)) != port) {
                return false;
            }
            name = name.substring(0, colon);
        }
        name = name.replaceAll("^\\[|]$", "").replaceAll("^\\*?\\.", "");
        if (name.contains("/")) {
            return isInBlock(name, host);
        }
        return host.equals(name) || host.endsWith("." + name);
    }

    private static boolean isInBlock(String block, String host) {
        try {
            byte[] network = InetAddress.ofLiteral(block.substring(0, block.indexOf('/')))
                    .getAddress();
            byte[] address = InetAddress.ofLiteral(host).getAddress();
            int bits = Integer.parseInt(block.substring(block.indexOf('/') + 1));
            if (network.length != address.length || bits < 0 || bits > 8 * network.length) {
                return false;
            }
            for (int bit = 0; bit < bits; bit++) {
                int mask = 0x80 >> (bit % 8);
                if (((network[bit / 8] ^ address[bit / 8]) & mask) != 0) {
                    return false;
                }
            }
            return true;
        } catch (IllegalArgumentException noAddresses) {
            return false;
        }
    }

    @Override
    public List<Proxy> select(URI target) {
        return List.of(of(target)
                .map(found ->
                        new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved(found.host(), found.port())))
                .orElse(Proxy.NO_PROXY));
    }

    @Override
    public void connectFailed(URI target, SocketAddress proxy, IOException failure) {
        // the failure reaches the one who asked
    }
}
