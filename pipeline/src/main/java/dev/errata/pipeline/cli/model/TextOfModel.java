package dev.errata.pipeline.cli.model;

import dev.errata.model.file.GgufFile;
import dev.errata.model.text.ModelText;
import dev.errata.model.tokenizer.Tokenizer;
import dev.errata.model.weights.ModelSource;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * A model's tokenizer, which commands on ids can do without. It is read beside the weights: building a large vocabulary takes
 * a good part of the time to a first token.
 */
final class TextOfModel {
    private final Path model;
    private final LocalDate date;
    private final CompletableFuture<Optional<ModelText>> reading;

    /**
     * Begins to read.
     *
     * @param date the day that a chat template takes for today
     */
    TextOfModel(Path model, LocalDate date) {
        this.model = model;
        this.date = date;
        this.reading = CompletableFuture.supplyAsync(() -> isPresent(model) ? Optional.of(open()) : Optional.empty());
    }

    /**
     * @throws dev.errata.tensor.BadInputException if the model has no tokenizer
     */
    ModelText required() {
        return optional().orElseGet(this::open);
    }

    /** Empty if no tokenizer lies in the GGUF file or beside the weights. */
    Optional<ModelText> optional() {
        try {
            return reading.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }

    private ModelText open() {
        return ModelText.open(model, List.of()).at(date);
    }

    private static boolean isPresent(Path model) {
        if (!ModelSource.isGguf(model)) {
            return Files.exists(model.resolve("tokenizer.json")) || Files.exists(model.resolve("tokenizer.model"));
        }
        try (Arena arena = Arena.ofShared()) {
            return Tokenizer.isInGguf(GgufFile.open(model, arena).metadata().values());
        }
    }
}
