package dev.errata.model.checkpoint;

import dev.errata.model.file.AtomicFile;
import dev.errata.model.file.CheckpointFolder;
import dev.errata.model.file.CompanionFiles;
import dev.errata.model.file.SafetensorsWriter;
import dev.errata.tensor.BadInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Writes a model's folder, a part at a time in memory. Each file gets its name when it is whole, and the folder is a model
 * only when all is written: the weights get their name last, or several files' index does. So a killed command can be run again.
 *
 * @param beside the folder whose tokenizer and generation files are copied
 * @param config the text of config.json
 */
record NewCheckpoint(Path folder, Path beside, String config) {
    private static final String CONFIG = "config.json";

    /** What was written: files of tensors, and bytes in them. */
    record Written(int files, long bytes) {}

    /**
     * To be asked before any work.
     *
     * @throws BadInputException if a model is there already
     */
    static void requireEmpty(Path folder) {
        for (String name : List.of(CheckpointFolder.SINGLE_FILE, CheckpointFolder.INDEX_FILE)) {
            if (Files.exists(folder.resolve(name))) {
                throw new BadInputException(
                        "a model is there already",
                        folder.resolve(name).toString(),
                        "choose another folder or remove that model");
            }
        }
    }

    /**
     * @param parts in the order in which they fill one file after the other
     * @param largest bytes of a file, unless one part is larger
     */
    Written write(List<CheckpointPart> parts, long largest, WritingProgress progress) {
        List<Shard> shards = Shard.divide(parts, largest);
        long bytes = shards.stream().mapToLong(Shard::bytes).sum();
        try (WritingProgress.Bytes told = progress.begin(bytes)) {
            for (int i = 0; i < shards.size(); i++) {
                Path file = folder.resolve(Shard.fileName(i, shards.size()));
                try (SafetensorsWriter writer = SafetensorsWriter.create(
                        file, Map.of("format", "pt"), shards.get(i).tensors())) {
                    for (CheckpointPart part : shards.get(i).parts()) {
                        part.write(writer);
                        told.written(part.bytes());
                    }
                    if (shards.size() == 1) {
                        writeBeside();
                    }
                    writer.commit();
                }
            }
        }
        if (shards.size() > 1) {
            writeBeside();
            AtomicFile.write(folder.resolve(CheckpointFolder.INDEX_FILE), Shard.index(shards));
        }
        return new Written(shards.size(), bytes);
    }

    private void writeBeside() {
        CompanionFiles.copy(beside, folder);
        AtomicFile.write(folder.resolve(CONFIG), config);
    }
}
