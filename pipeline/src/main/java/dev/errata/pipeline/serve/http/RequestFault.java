package dev.errata.pipeline.serve.http;

import dev.errata.pipeline.data.Json;
import java.util.LinkedHashMap;
import java.util.Map;

/** A request that gets an error for an answer: a status, and a body in the shape of OpenAI's API. */
public final class RequestFault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final transient Body body;
    private final transient Map<String, String> headers = new LinkedHashMap<>();

    private record Body(Described error) {}

    private record Described(String message, String type, String param, String code) {}

    private RequestFault(int status, String type, String param, String code, String message) {
        super(message, null, false, false);
        this.status = status;
        this.body = new Body(new Described(message, type, param, code));
    }

    /**
     * 400: a field that can't be used as it is.
     *
     * @param param the field, or null where it is the whole body
     */
    public static RequestFault invalid(String param, String message) {
        return invalid(param, "invalid_value", message);
    }

    /** 400 with a code of its own. */
    public static RequestFault invalid(String param, String code, String message) {
        return new RequestFault(400, "invalid_request_error", param, code, message);
    }

    /** 401. */
    public static RequestFault unauthorized(String message) {
        return new RequestFault(401, "authentication_error", null, "invalid_api_key", message)
                .with("WWW-Authenticate", "Bearer");
    }

    /** 403: the request comes from where none is expected. */
    public static RequestFault forbidden(String message) {
        return new RequestFault(403, "invalid_request_error", null, "forbidden", message);
    }

    /** 404: a path that isn't there. */
    public static RequestFault unknownPath(String message) {
        return new RequestFault(404, "invalid_request_error", null, "unknown_url", message);
    }

    /** 404: a model that isn't there. */
    public static RequestFault unknownModel(String message) {
        return new RequestFault(404, "invalid_request_error", "model", "model_not_found", message);
    }

    /** 405, with the methods that the path has. */
    public static RequestFault wrongMethod(String allowed) {
        return new RequestFault(
                        405,
                        "invalid_request_error",
                        null,
                        "method_not_allowed",
                        "this path takes " + allowed + " alone")
                .with("Allow", allowed);
    }

    /** 408: the request itself came too slowly. */
    static RequestFault tooSlow(long seconds) {
        return new RequestFault(
                408,
                "invalid_request_error",
                null,
                "request_timeout",
                "the request was not there after " + seconds + " s");
    }

    /** 413. */
    static RequestFault tooLarge(int most) {
        return new RequestFault(
                413,
                "invalid_request_error",
                null,
                "request_too_large",
                "the body has more than the " + most + " bytes that this server takes");
    }

    /** 415. */
    public static RequestFault notJson() {
        return new RequestFault(
                415,
                "invalid_request_error",
                null,
                "unsupported_media_type",
                "the body must be JSON, sent with Content-Type: application/json");
    }

    /** 429: as many wait as may. */
    public static RequestFault queueFull(String message, int retryAfterSeconds) {
        return new RequestFault(429, "rate_limit_error", null, "rate_limit_exceeded", message)
                .with("Retry-After", Integer.toString(retryAfterSeconds));
    }

    /** 499, as others count it, though nobody is there to read it: the client has closed the connection. */
    public static RequestFault gone() {
        return new RequestFault(499, "invalid_request_error", null, "client_gone", "the client has gone");
    }

    /** 500: a failure of ours. */
    public static RequestFault internal(String message) {
        return new RequestFault(500, "server_error", null, "internal_error", message);
    }

    /** 503: the server is about to end. */
    public static RequestFault ending() {
        return new RequestFault(503, "server_error", null, "ending", "the server is ending");
    }

    /** 504: no answer within the time that a request has. */
    public static RequestFault timedOut(long seconds) {
        return new RequestFault(
                504,
                "server_error",
                null,
                "timeout",
                "the answer was not there after the " + seconds + " s that a request may take");
    }

    private RequestFault with(String header, String value) {
        headers.put(header, value);
        return this;
    }

    public int status() {
        return status;
    }

    /** Headers of the answer beyond the usual ones. */
    Map<String, String> headers() {
        return headers;
    }

    /** The body: {@code {"error": {"message", "type", "param", "code"}}}. */
    public String json() {
        return Json.line(body);
    }
}
