package dev.errata.pipeline.docs;

import dev.errata.model.generate.EngineLimits;
import dev.errata.model.generate.GenerationEngine;
import dev.errata.model.generate.GenerationRequest;
import dev.errata.model.generate.GenerationResult;
import dev.errata.model.text.ModelText;
import dev.errata.model.text.PromptStyle;
import dev.errata.pipeline.engine.Hardware;
import dev.errata.pipeline.engine.LocalEngine;
import dev.errata.pipeline.engine.OpenModel;
import dev.errata.pipeline.engine.Trained;
import dev.errata.tensor.sampling.SamplerSettings;
import dev.errata.train.Progress;
import dev.errata.train.StopSignal;
import dev.errata.train.config.TrainConfig;
import java.nio.file.Path;
import java.util.List;

/** The code of {@code docs/library.md}. */
final class LibraryExample {
    private LibraryExample() {}

    // generate
    /** What a model, with an adapter or without (null), answers to a prompt: three samples. */
    static List<String> answers(Path folder, Path adapter, String prompt) {
        try (OpenModel model = OpenModel.open(folder, adapter);
                GenerationEngine engine = new GenerationEngine(model.decoder(), EngineLimits.of(8))) {
            List<Integer> ends = model.decoder().config().eosTokenIds();
            ModelText text = ModelText.open(folder, ends);
            GenerationRequest request = new GenerationRequest(
                            text.prompt(prompt, PromptStyle.PLAIN),
                            SamplerSettings.of(0.7, 0.95), // temperature, top p
                            64, // new tokens at most
                            text.stopConditions(text.endIds(PromptStyle.PLAIN, ends), List.of()),
                            42) // the seed
                    .withSamples(3);
            GenerationResult result = engine.generate(List.of(request)).getFirst();
            return result.samples().stream()
                    .map(sample -> text.text(sample.ids(), List.of()))
                    .toList();
        }
    }

    // train
    /** Trains an adapter on rows of {prompt, completion} and says where it lies. */
    static Path trained(Path yaml, Path model, Path rows, Path output) {
        TrainConfig config =
                TrainConfig.read(yaml, List.of("model=" + model, "data=" + rows, "output=" + output, "steps=3"));
        Trained trained = new LocalEngine().train(config, new Hardware(0, null), Progress.silent(), new StopSignal());
        System.out.println("loss after step " + trained.steps() + ": " + trained.loss());
        return trained.result();
    }
    // end
}
