package dev.errata.pipeline.run;

import dev.errata.model.generate.EngineLimits;
import dev.errata.pipeline.engine.Completion;
import dev.errata.pipeline.engine.Engine;
import dev.errata.pipeline.engine.Hardware;
import dev.errata.pipeline.engine.ModelChoice;
import dev.errata.pipeline.engine.Request;
import dev.errata.pipeline.engine.TextModel;
import dev.errata.pipeline.engine.TextSampling;
import dev.errata.pipeline.engine.Trained;
import dev.errata.train.Progress;
import dev.errata.train.StopSignal;
import dev.errata.train.config.TrainConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** {@link FakeEngine}, which also draws up questions; it stops after a number of texts, and answers some questions by a script. */
final class WritingEngine implements Engine {
    private final FakeEngine fake = new FakeEngine(0);
    private final Map<String, List<String>> scripts = new HashMap<>();
    private final List<ModelChoice> opened = new ArrayList<>();
    private final StopSignal stop;
    private int left;

    WritingEngine() {
        this(new StopSignal(), Integer.MAX_VALUE);
    }

    /** @param texts after which it asks to stop */
    WritingEngine(StopSignal stop, int texts) {
        this.stop = stop;
        this.left = texts;
    }

    /** What is said to prompts that hold this word, one text a sample. */
    WritingEngine script(String word, String... texts) {
        scripts.put(word, List.of(texts));
        return this;
    }

    List<ModelChoice> opened() {
        return opened;
    }

    @Override
    public TextModel open(ModelChoice choice) {
        opened.add(choice);
        TextModel model = fake.open(choice);
        return new TextModel() {
            @Override
            public void complete(List<Request> requests, TextSampling sampling, EngineLimits limits, Texts texts) {
                for (int i = 0; i < requests.size(); i++) {
                    if (left-- <= 0) {
                        stop.request();
                    }
                    texts.goesOn();
                    int place = i;
                    List<String> script = script(requests.get(i));
                    if (script != null) {
                        texts.written(
                                place,
                                script.stream()
                                        .map(each -> new Completion(each, "stop"))
                                        .toList());
                    } else {
                        model.complete(
                                List.of(requests.get(i)), sampling, limits, (_, all) -> texts.written(place, all));
                    }
                }
            }

            @Override
            public void close() {
                model.close();
            }
        };
    }

    private List<String> script(Request request) {
        if (request.prompt().endsWith("#Created Question#:\n")) {
            long number = 50 + request.seed() % 40;
            return List.of("Eve has " + number + " pears and buys " + (number + 3)
                    + " more, each worth 4 coins. What are they worth?");
        }
        return scripts.entrySet().stream()
                .filter(each -> request.prompt().contains(each.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(null);
    }

    @Override
    public Trained train(TrainConfig config, Hardware hardware, Progress progress, StopSignal signal) {
        return fake.train(config, hardware, progress, signal);
    }
}
