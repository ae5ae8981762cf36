package dev.errata.pipeline.correct.openai;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.regex.Pattern;

/** The text of an assistant's message: a string, or the text parts of a list; thinking is left out. */
final class MessageText {
    /** Thinking that opens an answer, as reasoning models write it where the server doesn't take it out. */
    private static final Pattern THINKING =
            Pattern.compile("(?s)\\A\\s*+(?:<(think|thinking|thought|reasoning)>.*?</\\1>|\\[THINK].*?\\[/THINK])");

    /** Thinking that the prompt's template opened, so that only its end is in the answer. */
    private static final Pattern END_OF_THINKING =
            Pattern.compile("(?s)\\A.*(?:</(?:think|thinking|thought|reasoning)>|\\[/THINK])");

    /** Thinking that never ends. */
    private static final Pattern ENDLESS_THINKING =
            Pattern.compile("(?s)\\A\\s*+(?:<(?:think|thinking|thought|reasoning)>|\\[THINK]).*");

    private MessageText() {}

    /** All text of the message's content; empty where it has none. */
    static String whole(JsonNode content) {
        if (content.isTextual()) {
            return content.textValue();
        }
        StringBuilder text = new StringBuilder();
        for (JsonNode part : content) {
            if (part.isTextual()) {
                text.append(part.textValue());
            } else if (isText(part)) {
                text.append(part.path("text").asText(""));
            }
        }
        return text.toString();
    }

    private static boolean isText(JsonNode part) {
        String type = part.path("type").asText("text");
        return type.equals("text") || type.equals("output_text");
    }

    /** The words of a refusal in place of an answer, or null. */
    static String refusal(JsonNode message) {
        String said = message.path("refusal").asText("");
        for (JsonNode part : message.path("content")) {
            said += part.path("refusal").asText("");
        }
        return said.isBlank() ? null : said;
    }

    /** A text without the thinking before the answer. */
    static String answer(String whole) {
        String rest = whole;
        for (var found = THINKING.matcher(rest); found.find(); found = THINKING.matcher(rest)) {
            rest = rest.substring(found.end());
        }
        if (ENDLESS_THINKING.matcher(rest).matches()) {
            return "";
        }
        rest = END_OF_THINKING.matcher(rest).replaceFirst("");
        return rest.length() == whole.length() ? whole : rest.replaceFirst("\\A\\R+", "");
    }
}
