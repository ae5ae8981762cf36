package dev.errata.pipeline.serve;

import dev.errata.pipeline.serve.http.Exchange;
import dev.errata.pipeline.serve.http.RequestFault;
import dev.errata.pipeline.serve.http.RequestHead;
import dev.errata.pipeline.serve.http.Router;
import java.util.LinkedHashMap;
import java.util.Map;

/** The paths of the server. */
final class Routes implements Router {
    private final AccessRules access;
    private final ServerMetrics metrics;
    private final Map<String, Route> routes = new LinkedHashMap<>();
    private final Route oneModel;
    private volatile boolean ending;

    /**
     * @param open whether everybody may ask
     */
    private record Route(String method, boolean open, Handler handler) {}

    Routes(ServedModel model, RequestMaker maker, AccessRules access, ServerMetrics metrics) {
        this.access = access;
        this.metrics = metrics;
        TextEndpoints texts = new TextEndpoints(model);
        ModelList models = new ModelList(model);
        oneModel = new Route("GET", false, models::one);
        routes.put("/", new Route("GET", true, ChatPage::answer));
        routes.put("/health", new Route("GET", true, this::health));
        routes.put(
                "/metrics",
                new Route(
                        "GET",
                        false,
                        exchange -> exchange.text(
                                ServerMetrics.TYPE, metrics.text(model.status(), model.sequences()), Map.of())));
        routes.put(ModelList.PATH, new Route("GET", false, models::all));
        post("/v1/chat/completions", new ChatCompletions(model, metrics, maker));
        post("/v1/completions", new Completions(model, metrics, maker));
        post("/tokenize", texts::tokenize);
        post("/detokenize", texts::detokenize);
        post("/apply-template", texts::applyTemplate);
    }

    private void post(String path, Handler handler) {
        routes.put(path, new Route("POST", false, handler));
    }

    private void health(Exchange exchange) {
        if (ending) {
            throw RequestFault.ending();
        }
        exchange.json(200, "{\"status\":\"ok\"}");
    }

    /** From now on nothing new is begun. */
    void end() {
        ending = true;
    }

    @Override
    public Handler route(RequestHead head) {
        access.checkName(head);
        Route route = routes.get(head.path());
        if (route == null && head.path().startsWith(ModelList.PATH + "/")) {
            route = oneModel;
        }
        if (route == null) {
            throw RequestFault.unknownPath(
                    "there is nothing at " + head.path() + ", but " + String.join(", ", routes.keySet()));
        }
        boolean get = route.method().equals("GET");
        if (!head.method().equals(route.method()) && !(get && head.method().equals("HEAD"))) {
            throw RequestFault.wrongMethod(get ? "GET, HEAD" : route.method());
        }
        if (!route.open()) {
            access.checkKey(head);
        }
        if (!get && !head.isJson()) {
            throw RequestFault.notJson();
        }
        if (!get && ending) {
            throw RequestFault.ending();
        }
        return route.handler();
    }

    @Override
    public void answered(RequestHead head, int status, long nanos) {
        boolean known = routes.containsKey(head.path());
        metrics.answered(known ? head.path() : "other", status, nanos);
    }
}
