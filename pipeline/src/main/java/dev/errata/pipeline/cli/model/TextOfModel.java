package dev.errata.pipeline.cli.model;

import dev.errata.model.decoder.ModelSource;
import dev.errata.model.text.ModelText;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A model's tokenizer, which commands on ids can do without. */
final class TextOfModel {
    private final Path model;
    private final List<Integer> eosIds;
    private ModelText opened;

    TextOfModel(Path model, List<Integer> eosIds) {
        this.model = model;
        this.eosIds = eosIds;
    }

    /**
     * @throws dev.errata.tensor.BadInputException if the model has no tokenizer
     */
    ModelText required() {
        if (opened == null) {
            opened = ModelText.open(model, eosIds);
        }
        return opened;
    }

    /** Empty if no tokenizer lies beside the weights. */
    Optional<ModelText> optional() {
        boolean present = ModelSource.isGguf(model)
                || Files.exists(model.resolve("tokenizer.json"))
                || Files.exists(model.resolve("tokenizer.model"));
        return present ? Optional.of(required()) : Optional.empty();
    }
}
