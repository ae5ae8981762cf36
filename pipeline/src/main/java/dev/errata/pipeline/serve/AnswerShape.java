package dev.errata.pipeline.serve;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.errata.model.generate.ScoredToken;
import java.util.List;

/** The JSON of one endpoint's answers: the {@code choices} of OpenAI's API. */
interface AnswerShape {
    /** {@code object} of a whole answer. */
    String object();

    /** {@code object} of a piece of a stream. */
    String chunkObject();

    /** What the id of an answer begins with. */
    String idPrefix();

    /** A whole answer's choice, without {@code index} and {@code finish_reason}. */
    ObjectNode whole(Choice choice);

    /**
     * A streamed piece of a choice, without the same.
     *
     * @param scores of the tokens that are new in this piece; empty unless they were asked for
     */
    ObjectNode piece(Choice choice, String text, List<ScoredToken> scores);

    /** The piece that opens a choice's stream, or null where the first text does. */
    ObjectNode opening(Choice choice);
}
