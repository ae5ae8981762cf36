package dev.errata.pipeline.eval;

import dev.errata.pipeline.run.Completion;
import dev.errata.pipeline.run.Engine;
import dev.errata.pipeline.run.Hardware;
import dev.errata.pipeline.run.ModelChoice;
import dev.errata.pipeline.run.Request;
import dev.errata.pipeline.run.TextModel;
import dev.errata.pipeline.run.TextSampling;
import dev.errata.pipeline.run.Trained;
import dev.errata.train.Progress;
import dev.errata.train.StopSignal;
import dev.errata.train.config.TrainConfig;
import java.util.List;

/** Asks for a stop while it answers its batch number {@code left}, from 0. */
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
            public List<Completion> complete(List<Request> batch, TextSampling sampling) {
                if (left-- == 0) {
                    stop.request();
                }
                return model.complete(batch, sampling);
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
