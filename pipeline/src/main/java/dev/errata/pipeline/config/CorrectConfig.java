package dev.errata.pipeline.config;

import dev.errata.train.binding.Checked;
import dev.errata.train.binding.Default;
import dev.errata.train.binding.OneOf;
import dev.errata.train.binding.Place;

/**
 * Who corrects the wrong paths.
 *
 * @param corrector {@code answer-key}: the annotated solution, no model; {@code local}: a model in this engine; {@code openai}: an endpoint; {@code replay}: a file
 * @param unfinished what happens to wrong paths that were cut off: {@code skip} or {@code correct}
 * @param openai the endpoint
 * @param local the model
 * @param replay the file
 */
public record CorrectConfig(
        @Default("answer-key") @OneOf({"answer-key", "local", "openai", "replay"})
        String corrector,

        @Default("skip") @OneOf({"skip", "correct"}) String unfinished,
        @Default("{}") OpenAiConfig openai,
        LocalConfig local,
        ReplayConfig replay)
        implements Checked {
    @Override
    public void check(Place place) {
        if (corrector.equals("openai") && openai.model() == null) {
            throw place.wrong("openai.model", "is missing", "name the endpoint's model");
        }
        if (corrector.equals("local") && local == null) {
            throw place.wrong("local.model", "is missing", "name the model that corrects");
        }
        if (corrector.equals("replay") && replay == null) {
            throw place.wrong("replay.file", "is missing", "name the file of corrections");
        }
    }
}
