package dev.errata.pipeline.eval;

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
import java.util.List;

/** Asks for a stop before it answers its request number {@code left}, from 0. */
final class StoppingEngine implements Engine {
    private final Engine engine;
    private final StopSignal stop;
    private int left;

    StoppingEngine(Engine engine, StopSignal stop, int left) {
        this.engine = engine;
        this.stop = stop;
        this.left = left;
    }

    @Override
    public TextModel open(ModelChoice choice) {
        TextModel model = engine.open(choice);
        return new TextModel() {
            @Override
            public void complete(List<Request> requests, TextSampling sampling, EngineLimits limits, Texts texts) {
                model.complete(requests, sampling, limits, new Texts() {
                    @Override
                    public void written(int request, List<Completion> completions) {
                        texts.written(request, completions);
                    }

                    @Override
                    public void goesOn() {
                        if (left-- == 0) {
                            stop.request();
                        }
                        texts.goesOn();
                    }
                });
            }

            @Override
            public void close() {
                model.close();
            }
        };
    }

    @Override
    public Trained train(TrainConfig config, Hardware hardware, Progress progress, StopSignal signal) {
        throw new AssertionError("trains");
    }
}
