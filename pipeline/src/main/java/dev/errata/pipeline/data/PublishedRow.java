package dev.errata.pipeline.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.errata.pipeline.grade.NumberText;
import java.util.Arrays;
import java.util.Optional;

/** Rows of other data sets as these were published, turned into {@code id, question, answer}, or named as not supported. */
enum PublishedRow {
    /** {@code Body}, {@code Question}, {@code Answer}, {@code ID}; the body's stop may be missing. */
    SVAMP("Body Question Answer") {
        @Override
        ObjectNode own(ObjectNode row) {
            String body = row.path("Body").asText().strip();
            String question = (body.endsWith(".") ? body : body + ".") + " "
                    + row.path("Question").asText().strip();
            ObjectNode own = made(question, row.get("Answer"));
            return row.path("ID").isTextual() ? own.set("id", row.get("ID")) : own;
        }
    },
    /** {@code body}, {@code question}, {@code answer} as {@code 9 (apples)}. */
    ASDIV("body question answer") {
        @Override
        ObjectNode own(ObjectNode row) {
            String question = row.path("body").asText().strip() + " "
                    + row.path("question").asText().strip();
            String answer = row.path("answer").asText();
            int unit = answer.indexOf('(');
            ObjectNode own = made(question, row.get("answer"));
            return own.put("answer", (unit > 0 ? answer.substring(0, unit) : answer).strip());
        }
    },
    /** {@code input}, {@code target}. */
    MAWPS("input target") {
        @Override
        ObjectNode own(ObjectNode row) {
            return made(row.path("input").asText().strip(), row.get("target"));
        }
    },
    /** {@code problem}, {@code solution}, {@code level}, {@code type}. */
    MATH("problem solution") {
        @Override
        ObjectNode own(ObjectNode row) {
            return null;
        }
    },
    /** {@code prompt}, {@code answer}, {@code candidates}, as republished with LEMA. */
    CSQA("prompt answer candidates") {
        @Override
        ObjectNode own(ObjectNode row) {
            return null;
        }
    };

    private final String fields;

    /** @param fields those that a row of this kind has, with a space between */
    PublishedRow(String fields) {
        this.fields = fields;
    }

    /** The row in Errata's own fields; null where this kind can't be read yet. */
    abstract ObjectNode own(ObjectNode row);

    /** The kind of a row by its fields; empty for Errata's own and for unknown ones. */
    static Optional<PublishedRow> of(ObjectNode row) {
        return Arrays.stream(values())
                .filter(kind -> Arrays.stream(kind.fields.split(" ")).allMatch(row::has))
                .findFirst();
    }

    private static ObjectNode made(String question, JsonNode answer) {
        ObjectNode own = Json.MAPPER.createObjectNode().put("question", question);
        if (answer != null && answer.isNumber()) {
            return own.put(
                    "answer",
                    NumberText.normalized(answer.decimalValue().toPlainString()).orElse(answer.asText()));
        }
        return own.set("answer", answer);
    }
}
