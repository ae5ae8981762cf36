package dev.errata.pipeline.engine;

import dev.errata.model.generate.Generated;
import dev.errata.model.generate.GenerationSettings;
import dev.errata.model.generate.Generator;
import dev.errata.model.generate.PromptTokens;
import dev.errata.model.text.ModelText;
import dev.errata.model.text.PromptStyle;
import dev.errata.pipeline.run.Completion;
import dev.errata.pipeline.run.Request;
import dev.errata.pipeline.run.TextModel;
import dev.errata.pipeline.run.TextSampling;
import dev.errata.tensor.Philox;
import dev.errata.tensor.sampling.SamplerSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A model of this engine that continues prompts. */
final class LocalTextModel implements TextModel {
    private final OpenModel model;
    private final ModelText text;
    private final PromptStyle style;

    LocalTextModel(OpenModel model, ModelText text, PromptStyle style) {
        this.model = model;
        this.text = text;
        this.style = style;
    }

    @Override
    public List<Completion> complete(List<Request> batch, TextSampling sampling) {
        if (batch.isEmpty()) {
            return List.of();
        }
        List<PromptTokens> prompts = new ArrayList<>();
        List<Generator.StopRule> rules = new ArrayList<>();
        for (Request request : batch) {
            long stream = Philox.stream(
                    "sample", request.key().problemId(), request.key().sample());
            prompts.add(new PromptTokens(text.prompt(request.prompt(), style), stream));
            rules.add(text.stopRule(sampling.stop()));
        }
        SamplerSettings sampler = sampling.temperature() == 0
                ? SamplerSettings.GREEDY
                : SamplerSettings.of(sampling.temperature(), sampling.topP());
        Set<Integer> ends = new HashSet<>(model.decoder().config().eosTokenIds());
        ends.add(text.endId());
        Arrays.stream(text.turnEnd(style)).forEach(ends::add);
        long seed = batch.getFirst().key().seed();
        GenerationSettings settings = new GenerationSettings(
                sampling.maxNewTokens(),
                sampler,
                sampling.stop(),
                ends,
                text.idsWithoutText(model.decoder().config().vocabSize()),
                seed);
        List<Completion> completions = new ArrayList<>();
        for (Generated generated : new Generator(model.decoder()).generate(prompts, settings, rules)) {
            completions.add(new Completion(
                    text.text(generated.ids(), sampling.stop()),
                    generated.finish().recordName()));
        }
        return completions;
    }

    @Override
    public void close() {
        model.close();
    }
}
