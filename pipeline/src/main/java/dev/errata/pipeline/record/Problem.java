package dev.errata.pipeline.record;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * One problem as the loop knows it, whatever data set it came from.
 *
 * @param id its name in all records, as {@code train-17}
 * @param question the question, unchanged
 * @param answer the final answer alone, as {@code 18}
 * @param rationale the annotated solution, with its line breaks and calculator notes; null where the data set has none
 * @param candidates the answers to choose from, without letters; null where the question is an open one
 * @param level how hard it is, in the data set's words; null where it doesn't say
 * @param steps how many steps its solution takes, as the data set counts them; null where it doesn't say
 */
public record Problem(
        String id,
        String question,
        String answer,
        String rationale,
        @JsonInclude(JsonInclude.Include.NON_NULL) List<String> candidates,
        @JsonInclude(JsonInclude.Include.NON_NULL) String level,
        @JsonInclude(JsonInclude.Include.NON_NULL) Integer steps) {
    /** A problem with an open question, of unknown difficulty. */
    public Problem(String id, String question, String answer, String rationale) {
        this(id, question, answer, rationale, null, null, null);
    }

    /** A worked example with candidates, which no record names. */
    public static Problem example(String question, String answer, List<String> candidates, String rationale) {
        return new Problem("example", question, answer, rationale, candidates, null, null);
    }

    /** The candidates; empty where the question is an open one. */
    public List<String> choices() {
        return candidates == null ? List.of() : candidates;
    }
}
