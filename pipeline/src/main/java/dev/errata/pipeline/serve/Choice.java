package dev.errata.pipeline.serve;

import dev.errata.model.generate.Finish;
import dev.errata.model.generate.ScoredToken;
import dev.errata.model.text.TextUntilStop;
import java.util.ArrayList;
import java.util.List;

/** One answer as it grows: its text up to the first stop text, and the log-probabilities of its tokens where they were asked for. */
final class Choice {
    private final int index;
    private final PromptText prompt;
    private final TextUntilStop decoding;
    private final StringBuilder text = new StringBuilder();
    private final List<ScoredToken> scores = new ArrayList<>();
    private List<ScoredToken> promptScores = List.of();
    private int tokens;
    private Finish finish;

    /**
     * @param index its place in the answer
     */
    Choice(int index, PromptText prompt, TextUntilStop decoding) {
        this.index = index;
        this.prompt = prompt;
        this.decoding = decoding;
    }

    /** The log-probabilities of the prompt's tokens but the first. */
    void scorePrompt(List<ScoredToken> given) {
        promptScores = given;
    }

    /**
     * Takes the next token.
     *
     * @return the text that has become certain
     */
    String append(int id, ScoredToken score) {
        tokens++;
        if (score != null) {
            scores.add(score);
        }
        return grown(decoding.append(id));
    }

    /** Ends the text and returns what was held back. */
    String end(Finish why) {
        finish = why;
        return grown(decoding.finish());
    }

    private String grown(String more) {
        text.append(more);
        return more;
    }

    int index() {
        return index;
    }

    PromptText prompt() {
        return prompt;
    }

    String text() {
        return text.toString();
    }

    List<ScoredToken> scores() {
        return scores;
    }

    List<ScoredToken> promptScores() {
        return promptScores;
    }

    int tokens() {
        return tokens;
    }

    /** {@code stop} or {@code length}; null while it grows. */
    String finish() {
        return finish == null ? null : finish.recordName();
    }
}
