package dev.errata.pipeline.serve;

import dev.errata.model.generate.GenerationEngine;
import dev.errata.model.text.ModelText;
import dev.errata.pipeline.serve.http.AccessRules;
import dev.errata.pipeline.serve.http.HttpLimits;
import dev.errata.pipeline.serve.http.WebServer;
import java.net.InetSocketAddress;
import java.util.List;

/** The whole server: an engine with its thread, the paths, the socket. */
public final class InferenceServer implements AutoCloseable {
    private final ServedModel model;
    private final Routes routes;
    private final WebServer web;

    /**
     * Where and for whom it listens.
     *
     * @param key that requests must have; null for none
     * @param anyName whether requests may call the server by any name, though there is no key
     */
    public record Place(InetSocketAddress address, String key, boolean anyName) {}

    /**
     * Begins to listen and to answer.
     *
     * @param engine used by nobody else from now on, and closed by the caller after this
     * @param name what the model is called
     * @param adapters the names of the decoder's adapters
     * @param defaults of requests
     * @throws dev.errata.tensor.BadInputException if the address can't be had
     */
    public InferenceServer(
            GenerationEngine engine,
            ModelText text,
            String name,
            List<String> adapters,
            RequestDefaults defaults,
            Place place,
            ServerLimits limits,
            HttpLimits httpLimits) {
        model = new ServedModel(engine, text, name, adapters, limits);
        routes = new Routes(
                model,
                new RequestMaker(model, defaults),
                new AccessRules(place.key(), place.anyName()),
                new ServerMetrics());
        try {
            web = new WebServer(place.address(), routes, httpLimits);
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }

    /** The port that is listened on. */
    public int port() {
        return web.port();
    }

    /** Sequences that were asked for and haven't ended. */
    public int sequences() {
        return model.sequences();
    }

    /** Takes nothing new, and waits until what is in hand is answered, at most as long as a request may take. */
    public void drain() throws InterruptedException {
        routes.end();
        web.stopListening();
        model.drain(model.limits().seconds());
    }

    @Override
    public void close() {
        web.close();
        model.close();
    }
}
