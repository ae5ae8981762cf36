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
    private final Path folder;

    AnswerCache(Path folder) {
        this.folder = folder;
    }

    private Path file(ChatRequest request) {
        return folder.resolve(request.hash() + ".json");
    }

    /** The answer to an equal request, or null. */
    Reply.Answer get(ChatRequest request) {
        Path file = file(request);
        if (!Files.exists(file)) {
            return null;
        }
        try {
            JsonNode node = Json.parse(Files.readString(file));
            JsonNode text = node.path("text");
            return text.isTextual()
                    ? new Reply.Answer(
                            text.textValue(), node.path("total_tokens").asLong(0))
                    : null;
        } catch (JsonProcessingException e) {
            return null; // damaged from outside: ask again
        } catch (IOException e) {
            throw new BadInputException("a cached answer cannot be read", file.toString(), "check its permissions", e);
        }
    }

    void put(ChatRequest request, Reply.Answer answer) {
        AtomicFile.write(file(request), Json.page(answer));
    }
}
