package dev.errata.pipeline.serve.http;

import java.util.LinkedHashMap;
import java.util.Map;

/** The paths of a server: what each takes, who may ask, and who answers. */
public final class PathTable {
    /** What a path takes. */
    public enum Method {
        /** And HEAD, whose answer is the same without its body. */
        GET,
        POST
    }

    /**
     * One path.
     *
     * @param open whether it is answered without a key
     */
    public record Route(Method method, boolean open, Router.Handler handler) {
        /**
         * @throws RequestFault if the path reads a body, and this one doesn't say that it is JSON
         */
        public void requireJson(RequestHead head) {
            if (method == Method.POST && !head.isJson()) {
                throw RequestFault.notJson();
            }
        }
    }

    private final Map<String, Route> exact = new LinkedHashMap<>();
    private final Map<String, Route> below = new LinkedHashMap<>();

    /** A path that everybody may read. */
    public PathTable open(String path, Router.Handler handler) {
        exact.put(path, new Route(Method.GET, true, handler));
        return this;
    }

    /** A path to read. */
    public PathTable get(String path, Router.Handler handler) {
        exact.put(path, new Route(Method.GET, false, handler));
        return this;
    }

    /** All paths to read that begin with this one and a slash. */
    public PathTable getBelow(String path, Router.Handler handler) {
        below.put(path + "/", new Route(Method.GET, false, handler));
        return this;
    }

    /** A path that takes JSON. */
    public PathTable post(String path, Router.Handler handler) {
        exact.put(path, new Route(Method.POST, false, handler));
        return this;
    }

    /** Whether there is exactly this path. */
    public boolean has(String path) {
        return exact.containsKey(path);
    }

    /**
     * The route of a request.
     *
     * @throws RequestFault if there is none, or it takes another method
     */
    public Route find(RequestHead head) {
        Route route = exact.get(head.path());
        for (Map.Entry<String, Route> each : below.entrySet()) {
            if (route == null && head.path().startsWith(each.getKey())) {
                route = each.getValue();
            }
        }
        if (route == null) {
            throw RequestFault.unknownPath(
                    "there is nothing at " + head.path() + ", but " + String.join(", ", exact.keySet()));
        }
        boolean get = route.method() == Method.GET;
        if (!head.method().equals(route.method().name())
                && !(get && head.method().equals("HEAD"))) {
            throw RequestFault.wrongMethod(get ? "GET, HEAD" : "POST");
        }
        return route;
    }
}
