package dev.errata.pipeline.serve;

import dev.errata.pipeline.serve.http.AccessRules;
import dev.errata.pipeline.serve.http.Exchange;
import dev.errata.pipeline.serve.http.PathTable;
import dev.errata.pipeline.serve.http.RequestFault;
import dev.errata.pipeline.serve.http.RequestHead;
import dev.errata.pipeline.serve.http.Router;
import dev.errata.pipeline.serve.http.ServedPage;
import java.util.Map;

/** The paths of the server. */
final class Routes implements Router {
    private static final ServedPage CHAT = ServedPage.of(Routes.class, "chat");

    private final AccessRules access;
    private final ServerMetrics metrics;
    private final PathTable paths = new PathTable();
    private volatile boolean ending;

    Routes(ServedModel model, RequestMaker maker, AccessRules access, ServerMetrics metrics) {
        this.access = access;
        this.metrics = metrics;
        TextEndpoints texts = new TextEndpoints(model);
        ModelList models = new ModelList(model);
        paths.open("/", CHAT::answer)
                .open("/health", this::health)
                .get(
                        "/metrics",
                        exchange -> exchange.text(
                                ServerMetrics.TYPE, metrics.text(model.status(), model.sequences()), Map.of()))
                .get(ModelList.PATH, models::all)
                .getBelow(ModelList.PATH, models::one)
                .post("/v1/chat/completions", new ChatCompletions(model, metrics, maker))
                .post("/v1/completions", new Completions(model, metrics, maker))
                .post("/tokenize", texts::tokenize)
                .post("/detokenize", texts::detokenize)
                .post("/apply-template", texts::applyTemplate);
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
        PathTable.Route route = paths.find(head);
        if (!route.open()) {
            access.checkKey(head);
        }
        route.requireJson(head);
        if (route.method() == PathTable.Method.POST && ending) {
            throw RequestFault.ending();
        }
        return route.handler();
    }

    @Override
    public void answered(RequestHead head, int status, long nanos) {
        boolean known = paths.has(head.path());
        metrics.answered(known ? head.path() : "other", status, nanos);
    }
}
