package dev.errata.pipeline.serve;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.errata.model.generate.ScoredToken;
import dev.errata.pipeline.data.Json;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Choices as {@code /v1/completions} has them. */
final class CompletionShape implements AnswerShape {
    private final TokenTexts tokens;
    private final boolean echo;
    private final boolean scored;
    private final int rivals;
    /** Where in its text the next token of a streamed choice begins. */
    private final Map<Integer, Integer> offsets = new HashMap<>();

    /**
     * @param echo whether a text begins with its prompt
     * @param scored whether log-probabilities were asked for
     * @param rivals how many of the likeliest tokens stand beside each
     */
    CompletionShape(TokenTexts tokens, boolean echo, boolean scored, int rivals) {
        this.tokens = tokens;
        this.echo = echo;
        this.scored = scored;
        this.rivals = rivals;
    }

    @Override
    public String object() {
        return "text_completion";
    }

    @Override
    public String chunkObject() {
        return "text_completion";
    }

    @Override
    public String idPrefix() {
        return "cmpl-";
    }

    @Override
    public ObjectNode whole(Choice choice) {
        String text = echo ? choice.prompt().text() + choice.text() : choice.text();
        ObjectNode node = Json.MAPPER.createObjectNode().put("text", text);
        if (!scored) {
            return node.putNull("logprobs");
        }
        Columns columns = new Columns(0);
        if (echo) {
            columns.addPrompt(choice);
        }
        choice.scores().forEach(columns::add);
        return node.set("logprobs", columns.json);
    }

    @Override
    public ObjectNode opening(Choice choice) {
        if (!echo) {
            return null;
        }
        ObjectNode node =
                Json.MAPPER.createObjectNode().put("text", choice.prompt().text());
        if (!scored) {
            return node.putNull("logprobs");
        }
        Columns columns = new Columns(0);
        columns.addPrompt(choice);
        offsets.put(choice.index(), columns.offset);
        return node.set("logprobs", columns.json);
    }

    @Override
    public ObjectNode piece(Choice choice, String text, List<ScoredToken> scores) {
        ObjectNode node = Json.MAPPER.createObjectNode().put("text", text);
        if (scores.isEmpty()) {
            return node.putNull("logprobs");
        }
        Columns columns = new Columns(offsets.getOrDefault(choice.index(), 0));
        scores.forEach(columns::add);
        offsets.put(choice.index(), columns.offset);
        return node.set("logprobs", columns.json);
    }

    /** The lists of {@code logprobs}, with an element for each token. */
    private final class Columns {
        private final ObjectNode json = Json.MAPPER.createObjectNode();
        private final ArrayNode texts = json.putArray("tokens");
        private final ArrayNode logprobs = json.putArray("token_logprobs");
        private final ArrayNode top = json.putArray("top_logprobs");
        private final ArrayNode textOffsets = json.putArray("text_offset");
        private int offset;

        Columns(int offset) {
            this.offset = offset;
        }

        /** The prompt's first token, before which there is nothing, and the others. */
        void addPrompt(Choice choice) {
            addText(choice.prompt().ids()[0]);
            logprobs.addNull();
            top.addNull();
            choice.promptScores().forEach(this::add);
        }

        void add(ScoredToken score) {
            addText(score.id());
            logprobs.add(LogProbability.shown(score.logProbability()));
            ObjectNode likeliest = top.addObject();
            // Of tokens that read alike, as parts of characters, the likeliest counts.
            score.rivals().stream()
                    .limit(rivals)
                    .forEach(rival -> likeliest.putIfAbsent(
                            tokens.text(rival.id()),
                            likeliest.numberNode(LogProbability.shown(rival.logProbability()))));
            likeliest.putIfAbsent(
                    tokens.text(score.id()), likeliest.numberNode(LogProbability.shown(score.logProbability())));
        }

        private void addText(int id) {
            String text = tokens.text(id);
            texts.add(text);
            textOffsets.add(offset);
            offset += text.length();
        }
    }
}
