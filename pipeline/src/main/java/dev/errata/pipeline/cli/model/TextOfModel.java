package dev.errata.pipeline.cli.model;

import dev.errata.model.config.ModelConfig;
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

/** A model's tokenizer, which commands on ids can do without. */
final class TextOfModel {
    private final Path model;
    private final List<Integer> eosIds;
    private final LocalDate date;
    private ModelText opened;

    /**
     * @param date the day that a chat template takes for today
     */
    TextOfModel(Path model, ModelConfig config, LocalDate date) {
        this.model = model;
        this.eosIds = config.eosTokenIds();
        this.date = date;
    }

    /**
     * @throws dev.errata.tensor.BadInputException if the model has no tokenizer
     */
    ModelText required() {
        if (opened == null) {
            opened = ModelText.open(model, eosIds).at(date);
        }
        return opened;
    }

    /** Empty if no tokenizer lies in the GGUF file or beside the weights. */
    Optional<ModelText> optional() {
        return isPresent() ? Optional.of(required()) : Optional.empty();
    }

    private boolean isPresent() {
        if (!ModelSource.isGguf(model)) {
            return Files.exists(model.resolve("tokenizer.json")) || Files.exists(model.resolve("tokenizer.model"));
        }
        try (Arena arena = Arena.ofShared()) {
            return Tokenizer.isInGguf(GgufFile.open(model, arena).metadata().values());
        }
    }
}
