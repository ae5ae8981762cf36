package dev.errata.pipeline.config;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A base address of the chat completions API, as {@code https://host/v1}. A query, as Azure's {@code ?api-version=…},
 * goes with every request. It holds no secrets: {@link #holdsSecret} tells which texts do.
 */
public record EndpointAddress(URI base) {
    private static final String COMPLETIONS = "/chat/completions";
    private static final Pattern SECRET_PARAMETER = Pattern.compile(
            "(?:^|&)(?:[\\w-]*key|[\\w-]*token|sig|signature|secret|password|code)=", Pattern.CASE_INSENSITIVE);

    /** The address that a text gives; empty unless it is an http or https one with a host. */
    public static Optional<EndpointAddress> of(String text) {
        try {
            URI address = new URI(text.strip());
            String scheme = String.valueOf(address.getScheme()).toLowerCase(Locale.ROOT);
            boolean web = scheme.equals("http") || scheme.equals("https");
            return web && address.getHost() != null ? Optional.of(new EndpointAddress(address)) : Optional.empty();
        } catch (URISyntaxException noAddress) {
            return Optional.empty();
        }
    }

    /** Whether a name, a password or a key stands in the address. */
    public boolean holdsSecret() {
        return base.getRawUserInfo() != null
                || (base.getRawQuery() != null
                        && SECRET_PARAMETER.matcher(base.getRawQuery()).find());
    }

    /** A text that should have been an address, without what may be secret in it. */
    public static String shown(String text) {
        return text.replaceAll("(?s)^.*@", "…@").replaceAll("(?s)\\?.*$", "?…");
    }

    /** What gets the requests. */
    public URI completions() {
        String path = path();
        return below(path.endsWith(COMPLETIONS) ? path : path + COMPLETIONS);
    }

    /** The list of models: costs nothing, and tells whether anyone is there. */
    public URI models() {
        String path = path();
        return below((path.endsWith(COMPLETIONS) ? path.substring(0, path.length() - COMPLETIONS.length()) : path)
                + "/models");
    }

    private String path() {
        return base.getRawPath() == null ? "" : base.getRawPath().replaceAll("/+$", "");
    }

    private URI below(String path) {
        String query = base.getRawQuery() == null ? "" : "?" + base.getRawQuery();
        return URI.create(base.getScheme() + "://" + name() + path + query);
    }

    /** Host and port, as messages name the endpoint. */
    public String name() {
        return base.getPort() < 0 ? base.getHost() : base.getHost() + ":" + base.getPort();
    }

    /** Whether what is sent can be read on its way: plain http that leaves this machine. */
    public boolean isExposed() {
        return base.getScheme().equalsIgnoreCase("http") && !isLoopback(base.getHost());
    }

    /** Whether a host, as addresses write it, is this machine itself. */
    public static boolean isLoopback(String host) {
        String name = host.toLowerCase(Locale.ROOT).replaceAll("^\\[|]$", "");
        if (name.equals("localhost") || name.endsWith(".localhost")) {
            return true;
        }
        try {
            return InetAddress.ofLiteral(name).isLoopbackAddress();
        } catch (IllegalArgumentException aName) {
            return false;
        }
    }
}
