package dev.errata.pipeline.serve.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.Locale;

/**
 * What is known of a request before its body.
 *
 * @param path decoded, without the query
 */
public record RequestHead(String method, String path, HttpHeaders headers) {
    static RequestHead of(HttpRequest request) {
        String path;
        try {
            path = new QueryStringDecoder(request.uri()).path();
        } catch (IllegalArgumentException e) {
            path = request.uri();
        }
        return new RequestHead(request.method().name(), path, request.headers());
    }

    /** The value of {@code Authorization: Bearer}, or null. */
    public String bearer() {
        String value = headers.get(HttpHeaderNames.AUTHORIZATION);
        String scheme = "bearer ";
        return value != null && value.regionMatches(true, 0, scheme, 0, scheme.length())
                ? value.substring(scheme.length()).strip()
                : null;
    }

    /** The name of the server as the client knows it, without a port; null where it gives none. */
    public String host() {
        String value = headers.get(HttpHeaderNames.HOST);
        if (value == null || value.startsWith("[")) {
            return value == null ? null : value.substring(0, value.indexOf(']') + 1);
        }
        int colon = value.indexOf(':');
        return colon < 0 ? value : value.substring(0, colon);
    }

    /** Whether the body says that it is JSON. */
    public boolean isJson() {
        String value = headers.get(HttpHeaderNames.CONTENT_TYPE);
        return value != null
                && value.split(";", 2)[0].strip().toLowerCase(Locale.ROOT).equals("application/json");
    }
}
