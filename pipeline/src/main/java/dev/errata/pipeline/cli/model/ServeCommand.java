package dev.errata.pipeline.cli.model;

import dev.errata.model.generate.CacheBudget;
import dev.errata.model.generate.EngineLimits;
import dev.errata.model.generate.GenerationEngine;
import dev.errata.model.text.ModelText;
import dev.errata.pipeline.cli.Command;
import dev.errata.pipeline.cli.Session;
import dev.errata.pipeline.engine.OpenModel;
import dev.errata.pipeline.serve.InferenceServer;
import dev.errata.pipeline.serve.RequestDefaults;
import dev.errata.pipeline.serve.ServerLimits;
import dev.errata.pipeline.serve.http.HttpLimits;
import dev.errata.tensor.BadInputException;
import dev.errata.train.KeyValueRoom;
import dev.errata.train.MemoryFit;
import dev.errata.train.config.MemorySize;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code serve}: OpenAI's API over a model, and a page to chat with it. */
@picocli.CommandLine.Command(
        name = "serve",
        description = {
            "Answer OpenAI's completions and chat completions over HTTP, and show a chat page.",
            "Options of sampling hold for requests that don't say otherwise.",
            "Paths: / /v1/chat/completions /v1/completions /v1/models /health /tokenize /detokenize /apply-template /metrics"
        },
        footer = {
            "",
            "Examples:",
            "  errata serve --model MODEL",
            "  errata serve --model MODEL --adapter maths=runs/mine/adapter --port 0 --slots 16",
            "  SERVER_KEY=… errata serve --model MODEL --host 0.0.0.0 --api-key-env SERVER_KEY"
        })
public final class ServeCommand implements Command {
    private static final int CONNECTIONS = 1024;
    private static final int RECEIVE_SECONDS = 60;
    private static final String AUTO = "auto";

    @Option(
            names = "--model",
            required = true,
            paramLabel = "MODEL",
            description = "a folder with config.json and safetensors, or a .gguf file")
    private Path model;

    @Option(
            names = "--adapter",
            paramLabel = "NAME=DIR",
            description = "PEFT's folder of an adapter, which requests choose as model NAME; may be given again")
    private Map<String, Path> adapters = new LinkedHashMap<>();

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "what requests call the model (the last part of its path)")
    private String name;

    @Mixin
    private PrecisionOptions computed = new PrecisionOptions();

    @Mixin
    private SamplingOptions sampling = new SamplingOptions();

    @Mixin
    private DateOption date = new DateOption();

    @Option(
            names = "--host",
            paramLabel = "HOST",
            defaultValue = "127.0.0.1",
            description = "the address to listen on (127.0.0.1); another machine's programs reach 0.0.0.0")
    private String host;

    @Option(names = "--port", paramLabel = "PORT", defaultValue = "8080", description = "0 for any that is free (8080)")
    private int port;

    @Option(
            names = "--api-key-env",
            paramLabel = "VAR",
            description = "the environment variable that holds the key which requests must have")
    private String keyVariable;

    @Option(names = "--without-key", description = "listen beyond this machine though there is no key")
    private boolean withoutKey;

    @Option(
            names = "--slots",
            paramLabel = "N",
            defaultValue = "16",
            description = "texts that are written together (16)")
    private int slots;

    @Option(
            names = "--kv-memory",
            paramLabel = "SIZE",
            defaultValue = AUTO,
            description = "for keys and values, as 4GB, or auto: half of what is left beside the weights (auto)")
    private String keyValueMemory;

    @Option(
            names = "--max-queue",
            paramLabel = "N",
            defaultValue = "256",
            description = "texts that may wait for a slot; further requests get status 429 (256)")
    private int queue;

    @Option(
            names = "--timeout",
            paramLabel = "S",
            defaultValue = "600",
            description = "seconds a request may take (600)")
    private int seconds;

    @Option(
            names = "--max-body",
            paramLabel = "SIZE",
            defaultValue = "8MB",
            description = "the longest body of a request (8MB)")
    private String body;

    @Override
    public void run(Session session) {
        SamplingOptions.require(port >= 0 && port <= 65_535, "--port", "give a number from 0 to 65535");
        SamplingOptions.require(slots > 0, "--slots", "give 1 or more");
        SamplingOptions.require(queue >= 0, "--max-queue", "give 0 or more");
        if (adapters.containsKey(modelName())) {
            throw new BadInputException(
                    "an adapter has the model's name, " + modelName(),
                    "--adapter",
                    "give one of them another, by --name");
        }
        SamplingOptions.require(seconds > 0, "--timeout", "give 1 or more");
        HttpLimits httpLimits = new HttpLimits(bodyBytes(), RECEIVE_SECONDS, CONNECTIONS);
        InferenceServer.Place place = place();
        RequestDefaults defaults = new RequestDefaults(sampling.settings(), session.seed());
        ServerLimits limits = new ServerLimits(slots, queue, seconds);
        TextOfModel text = new TextOfModel(model, date.date());
        session.stop().waitAtMost(seconds + RECEIVE_SECONDS);
        try (OpenModel open = OpenModel.open(model, null, computed.precision(), null, session.hardware())) {
            open.notes().forEach(session.progress()::say);
            adapters.forEach(open::attach);
            ModelText known = text.required();
            EngineLimits engineLimits = engineLimits(open.keyValueRoom());
            session.progress()
                    .say("serve: "
                            + MemoryFit.shown(engineLimits.cache().bytes()) + " for keys and values, of "
                            + MemoryFit.shown(open.keyValueRoom().bytes()) + " beside the weights");
            try (GenerationEngine engine = new GenerationEngine(open.decoder(), engineLimits);
                    InferenceServer server = new InferenceServer(
                            engine,
                            known,
                            modelName(),
                            List.copyOf(adapters.keySet()),
                            defaults,
                            place,
                            limits,
                            httpLimits)) {
                session.out().println("listening on http://" + shownHost() + ":" + server.port());
                session.out().flush();
                await(session, server);
            }
        }
    }

    /** Until a signal comes; then until what is in hand is answered. */
    private void await(Session session, InferenceServer server) {
        try {
            session.stop().await();
            if (server.sequences() > 0) {
                session.progress()
                        .say("serve: ending, " + server.sequences() + " texts are still written, for at most " + seconds
                                + " s");
            }
            server.drain();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private InferenceServer.Place place() {
        InetAddress address;
        try {
            address = InetAddress.getByName(host);
        } catch (UnknownHostException e) {
            throw new BadInputException(
                    "no such address, " + host, "--host", "give 127.0.0.1, 0.0.0.0 or a name of this machine", e);
        }
        String key = keyVariable == null ? null : System.getenv(keyVariable);
        if (keyVariable != null && (key == null || key.isBlank())) {
            throw new BadInputException(
                    "the environment variable " + keyVariable + " holds no key",
                    "--api-key-env",
                    "set it and start again");
        }
        if (key == null && !withoutKey && !address.isLoopbackAddress()) {
            throw new BadInputException(
                    "other machines could use the model without a key",
                    "--host " + host,
                    "name a key with --api-key-env, or add --without-key to let everybody");
        }
        return new InferenceServer.Place(new InetSocketAddress(address, port), key, withoutKey);
    }

    private String shownHost() {
        return host.contains(":") ? "[" + host + "]" : host;
    }

    private int bodyBytes() {
        long bytes = MemorySize.parse(body, "--max-body");
        SamplingOptions.require(bytes <= 1 << 30, "--max-body", "give up to 1GB");
        return (int) bytes;
    }

    /** Half of what is left beside the weights unless told, so that others find room on the machine. */
    private EngineLimits engineLimits(KeyValueRoom room) {
        long bytes = keyValueMemory.equals(AUTO)
                ? Math.max(1, room.bytes() / 2)
                : MemorySize.parse(keyValueMemory, "--kv-memory");
        return room.within(EngineLimits.of(slots, CacheBudget.of(bytes)));
    }

    /** The folder's or file's own name. */
    private String modelName() {
        if (name != null) {
            return name;
        }
        Path last = model.toAbsolutePath().normalize().getFileName();
        String given = last == null ? "model" : last.toString();
        return given.endsWith(".gguf") ? given.substring(0, given.length() - ".gguf".length()) : given;
    }
}
