package dev.errata.pipeline.correct.openai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.model.file.AtomicFile;
import dev.errata.pipeline.data.Json;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Answers that were paid for, a file each, named by the hash of the request. The key is no part of a request. */
final class AnswerCache {
    private static final String ANSWERED = "answered";
    private static final String CUT_OFF = "cut off";

    /**
     * A file's content.
     *
     * @param outcome {@code answered}, {@code cut off}, or the reason of a refusal
     */
    private record Entry(String outcome, String text, long totalTokens) {}

    private final Path folder;

    AnswerCache(Path folder) {
        this.folder = folder;
    }

    private Path file(ChatRequest request) {
        return folder.resolve(request.hash() + ".json");
    }

    /** The answer to an equal request, or null. */
    Reply.Final get(ChatRequest request) {
        Path file = file(request);
        if (!Files.exists(file)) {
            return null;
        }
        try {
            JsonNode node = Json.parse(Files.readString(file));
            JsonNode text = node.path("text");
            long tokens = node.path("total_tokens").asLong(0);
            String outcome = node.path("outcome").asText("");
            return switch (outcome) {
                case "" -> null;
                case ANSWERED -> text.isTextual() ? new Reply.Answer(text.textValue(), tokens) : null;
                case CUT_OFF -> new Reply.CutOff(text.textValue(), tokens);
                default -> new Reply.Refused(outcome, text.textValue(), tokens, false);
            };
        } catch (JsonProcessingException e) {
            return null; // damaged from outside: ask again
        } catch (IOException e) {
            throw new BadInputException("a cached answer cannot be read", file.toString(), "check its permissions", e);
        }
    }

    void put(ChatRequest request, Reply.Final reply) {
        String outcome = switch (reply) {
            case Reply.Answer answer -> ANSWERED;
            case Reply.CutOff cut -> CUT_OFF;
            case Reply.Refused refused -> refused.reason();
        };
        AtomicFile.write(file(request), Json.page(new Entry(outcome, reply.text(), reply.totalTokens())));
    }
}
