package dev.errata.pipeline.engine;

import dev.errata.model.decoder.ModelSource;
import dev.errata.model.decoder.Precision;
import dev.errata.model.text.ModelText;
import dev.errata.model.text.PromptStyle;
import dev.errata.pipeline.run.Engine;
import dev.errata.pipeline.run.Hardware;
import dev.errata.pipeline.run.ModelChoice;
import dev.errata.pipeline.run.TextModel;
import dev.errata.pipeline.run.Trained;
import dev.errata.tensor.Backend;
import dev.errata.tensor.BadInputException;
import dev.errata.train.Progress;
import dev.errata.train.StopSignal;
import dev.errata.train.Trainer;
import dev.errata.train.config.TrainConfig;
import dev.errata.train.data.Example;
import java.util.List;

/** Errata's own engine. */
public final class LocalEngine implements Engine {
    @Override
    public TextModel open(ModelChoice choice) {
        PromptStyle style = PromptStyle.named(choice.prompt());
        OpenModel model = OpenModel.open(
                choice.model(),
                choice.quantization() == null ? null : choice.quantization().spec(),
                choice.dtype().equals("bf16") ? Precision.BF16_LINEARS : Precision.F32,
                choice.adapter(),
                choice.hardware());
        try {
            ModelText text = ModelText.open(
                            choice.model(), model.decoder().config().eosTokenIds())
                    .at(choice.date());
            return new LocalTextModel(model, text, style);
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }

    @Override
    public Trained train(TrainConfig config, Hardware hardware, Progress progress, StopSignal stop) {
        TrainingFolder folder = TrainingFolder.of(config);
        folder.requireSameConfig();
        var finished = Trainer.finished(config);
        if (finished.isPresent()) {
            return trained(finished.get(), true);
        }
        List<Example> examples;
        ModelSource source = ModelSource.open(config.model());
        source.notes().forEach(progress::say);
        try {
            ExampleFile file = new ExampleFile(
                    config,
                    source.config().vocabSize(),
                    new Once<>(
                            () -> ModelText.open(config.model(), source.config().eosTokenIds())
                                    .at(config.date())));
            examples = file.read();
            if (file.dropped() > 0) {
                progress.say(file.dropped() + " rows are too long and were dropped, " + examples.size() + " are left");
            }
            if (examples.isEmpty()) {
                throw new BadInputException(
                        "no row to train on", config.data().getFirst().toString(), "give some rows");
            }
            folder.begin();
        } catch (RuntimeException e) {
            source.close();
            throw e;
        }
        try (Backend backend = OpenModel.backend(hardware)) {
            Trainer.Outcome outcome = new Trainer(config, backend, progress, stop).train(source, examples);
            folder.end(outcome.paging());
            return trained(outcome, false);
        }
    }

    private static Trained trained(Trainer.Outcome outcome, boolean already) {
        return new Trained(outcome.last().step(), outcome.last().loss(), outcome.result(), already);
    }
}
