package dev.errata.pipeline.engine;

import dev.errata.model.generate.EngineLimits;
import dev.errata.model.generate.GenerationEngine;
import dev.errata.model.generate.GenerationRequest;
import dev.errata.model.generate.GenerationResult;
import dev.errata.model.generate.OrderedResults;
import dev.errata.model.generate.StopConditions;
import dev.errata.model.text.ModelText;
import dev.errata.model.text.PromptStyle;
import dev.errata.train.KeyValueRoom;
import java.util.List;

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
    public void complete(List<Request> requests, TextSampling sampling, EngineLimits limits, Texts texts) {
        StopConditions stop =
                text.stopConditions(text.endIds(style, model.decoder().config().eosTokenIds()), sampling.stop());
        int[] forbidden = text.idsWithoutText(model.decoder().config().vocabSize());
        List<GenerationRequest> tokens = requests.stream()
                .map(request -> new GenerationRequest(
                                text.prompt(request.prompt(), style),
                                sampling.sampler(),
                                sampling.maxNewTokens(),
                                stop,
                                request.seed())
                        .withForbidden(forbidden)
                        .withSamples(request.samples()))
                .toList();
        KeyValueRoom room = model.keyValueRoom();
        EngineLimits within = room.within(limits);
        tokens.stream().mapToLong(GenerationRequest::longest).max().ifPresent(longest -> {
            if (longest <= model.decoder().config().maxPositionEmbeddings()) {
                texts.noted(room.taken(within, (int) longest));
            }
        });
        try (GenerationEngine engine = new GenerationEngine(model.decoder(), within)) {
            engine.generate(tokens, new OrderedResults() {
                @Override
                public void answered(int place, GenerationResult result) {
                    texts.written(
                            place,
                            result.samples().stream()
                                    .map(each -> new Completion(
                                            text.text(each.ids(), sampling.stop()),
                                            each.finish().recordName()))
                                    .toList());
                }

                @Override
                public void stepped() {
                    texts.goesOn();
                }
            });
        }
    }

    @Override
    public void close() {
        model.close();
    }
}
