package dev.errata.pipeline.engine;

import dev.errata.model.text.ModelText;
import dev.errata.model.text.PromptStyle;
import dev.errata.model.weights.ModelSource;
import dev.errata.pipeline.folder.OutputFolder;
import dev.errata.pipeline.record.ArmMixture.RowTokens;
import dev.errata.pipeline.record.TrainingRow;
import dev.errata.pipeline.rows.TrainingData;
import dev.errata.tensor.Backend;
import dev.errata.tensor.ErrataException;
import dev.errata.train.MemoryBudget;
import dev.errata.train.MemoryFit;
import dev.errata.train.MemoryPlan;
import dev.errata.train.PlannedBatches;
import dev.errata.train.Progress;
import dev.errata.train.StepRecord;
import dev.errata.train.StopSignal;
import dev.errata.train.TargetLoss;
import dev.errata.train.Trainer;
import dev.errata.train.config.TrainConfig;
import dev.errata.train.data.Example;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Errata's own engine. */
public final class LocalEngine implements Engine {
    @Override
    public TextModel open(ModelChoice choice) {
        PromptStyle style = PromptStyle.named(choice.prompt());
        OpenModel model = opened(choice);
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
    public List<RowLoss> losses(ModelChoice choice, List<TrainingRow> rows) {
        PromptStyle style = PromptStyle.named(choice.prompt());
        try (OpenModel model = opened(choice)) {
            ModelText text = ModelText.open(
                            choice.model(), model.decoder().config().eosTokenIds())
                    .at(choice.date());
            TargetLoss loss = new TargetLoss(model.decoder());
            List<RowLoss> losses = new ArrayList<>();
            for (TrainingRow row : rows) {
                Example example =
                        Example.of(text.prompt(row.prompt(), style), text.completion(row.completion(), style));
                losses.add(new RowLoss(loss.sum(List.of(example)), example.targets()));
            }
            return losses;
        }
    }

    @Override
    public Optional<Function<TrainingRow, RowTokens>> rowTokens(ModelChoice choice) {
        PromptStyle style = PromptStyle.named(choice.prompt());
        try (ModelSource source = ModelSource.open(choice.model())) {
            ModelText text = ModelText.open(choice.model(), source.config().eosTokenIds())
                    .at(choice.date());
            return Optional.of(row -> new RowTokens(
                    text.prompt(row.prompt(), style).length, text.completion(row.completion(), style).length));
        }
    }

    private static OpenModel opened(ModelChoice choice) {
        return OpenModel.open(
                choice.model(),
                choice.quantization() == null ? null : choice.quantization().spec(),
                choice.precision(),
                choice.adapter(),
                choice.hardware());
    }

    @Override
    public void look(TrainConfig config, Hardware hardware) {
        try (ModelSource source = ModelSource.open(config.model())) {
            requireText(config, source);
            require(
                    MemoryFit.of(
                            source.config(), config.model(), config.settings(), MemoryBudget.of(hardware.device())),
                    config);
        }
    }

    /** A tokenizer, and a template that prompts need, are looked for before anything is sampled or loaded. */
    private static void requireText(TrainConfig config, ModelSource source) {
        TrainingData.text(config, source).prompt("2 + 3", PromptStyle.named(config.prompt()));
    }

    /** The plan of a training on these rows; it reads the adapter's names as well. */
    static MemoryFit fit(TrainConfig config, Hardware hardware, ModelSource source, TrainingData data) {
        return require(
                MemoryFit.of(
                        source.config(),
                        config.model(),
                        config.settings(),
                        MemoryBudget.of(hardware.device()),
                        settings -> PlannedBatches.of(settings, config.seed(), data.examples(), data.validation())),
                config);
    }

    private static MemoryFit require(MemoryFit fit, TrainConfig config) {
        fit.require(config.output().toString());
        DiskNeed.require(fit.plan().bytes(), config.settings(), config.output(), OutputFolder.bytes(config.output()));
        return fit;
    }

    @Override
    public Trained train(TrainConfig config, Hardware hardware, Progress progress, StopSignal stop) {
        progress.say("train: reads " + config.model().getFileName() + " and its rows");
        OutputFolder.Made made = OutputFolder.require(config.output());
        try {
            return trainIn(config, hardware, progress, stop);
        } catch (ErrataException e) {
            made.undo();
            throw e;
        }
    }

    /** The same in a folder that is there. */
    private static Trained trainIn(TrainConfig config, Hardware hardware, Progress progress, StopSignal stop) {
        try (TrainingFolder folder = TrainingFolder.open(config)) {
            if (folder.isFinished()) {
                return trained(Trainer.finished(config).orElseThrow(), config, true);
            }
            folder.on(hardware).ifPresent(line -> progress.say("train: " + line));
            ModelSource source = ModelSource.open(config.model());
            source.notes().forEach(progress::say);
            TrainingData data;
            MemoryFit fit;
            try {
                Once<ModelText> text = new Once<>(() -> TrainingData.text(config, source));
                data = TrainingData.read(config, source.config().vocabSize(), text);
                data.recognised().forEach(line -> progress.say("train: " + line));
                fit = fit(config, hardware, source, data);
                progress.say("train: plans "
                        + MemoryFit.shown(fit.plan().bytes().total()) + " of memory" + recomputed(fit.plan()));
                folder.begin(fit.plan().bytes().total(), data.dropped());
            } catch (RuntimeException e) {
                source.close();
                throw e;
            }
            try (Backend backend = OpenModel.backend(hardware)) {
                Trainer.Outcome outcome = new Trainer(config, backend, progress, stop, fit.plan())
                        .train(source, data.examples(), data.validation());
                folder.end(outcome);
                TrainingSummary.write(config, outcome);
                return trained(outcome.last(), config, false);
            }
        }
    }

    private static String recomputed(MemoryPlan plan) {
        int layers = plan.recomputedLayers();
        return layers == 0 ? "" : ", " + layers + " of " + plan.layerBytes().size() + " layers are run again backward";
    }

    private static Trained trained(StepRecord last, TrainConfig config, boolean already) {
        return new Trained(last.step(), last.loss(), Trainer.result(config), already);
    }
}
