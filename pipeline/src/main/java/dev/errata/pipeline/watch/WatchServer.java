package dev.errata.pipeline.watch;

import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.run.RunFolder;
import dev.errata.pipeline.serve.http.AccessRules;
import dev.errata.pipeline.serve.http.HttpLimits;
import dev.errata.pipeline.serve.http.PathTable;
import dev.errata.pipeline.serve.http.RequestHead;
import dev.errata.pipeline.serve.http.Router;
import dev.errata.pipeline.serve.http.ServedPage;
import dev.errata.pipeline.serve.http.WebServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** The page of a run at work, and the status that it asks for, for programs of this machine alone. */
public final class WatchServer implements AutoCloseable, Router {
    private static final HttpLimits LIMITS = new HttpLimits(1 << 12, 60, 64);
    private static final ServedPage PAGE = ServedPage.of(WatchServer.class, "watch");

    private final AccessRules access = new AccessRules(null, false);
    private final PathTable paths = new PathTable();
    private final WebServer web;

    /**
     * Begins to listen.
     *
     * @param run which need not have begun
     * @param port 0 for any that is free
     * @throws dev.errata.tensor.BadInputException if the port can't be had
     */
    public WatchServer(RunFolder run, int port) {
        RunWatch watch = new RunWatch(run);
        paths.open("/", PAGE::answer).get("/status", exchange -> exchange.json(200, Json.line(watch.status())));
        web = new WebServer(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), this, LIMITS);
    }

    /** Where the page is. */
    public String address() {
        return "http://127.0.0.1:" + web.port();
    }

    @Override
    public Handler route(RequestHead head) {
        access.checkName(head);
        return paths.find(head).handler();
    }

    @Override
    public void answered(RequestHead head, int status, long nanos) {}

    @Override
    public void close() {
        web.close();
    }
}
