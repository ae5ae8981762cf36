package dev.errata.train;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.errata.model.decoder.Decoder;
import dev.errata.model.file.AtomicFile;
import dev.errata.model.file.CheckpointFolder;
import dev.errata.model.file.CompanionFiles;
import dev.errata.model.file.SafetensorsWriter;
import dev.errata.model.file.TensorEntry;
import dev.errata.model.json.JsonText;
import dev.errata.model.weights.ModelSource;
import dev.errata.quant.HalfFloats;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.DType;
import dev.errata.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Saves a wholly trained model as a checkpoint folder: each tensor in the type that it had, the other files beside it. */
final class FullModel {
    static final String WEIGHTS = CheckpointFolder.SINGLE_FILE;

    private static final String CONFIG = "config.json";
    private static final String TIED = "tie_word_embeddings";

    private FullModel() {}

    static void save(Path folder, Decoder decoder, ModelSource source) {
        Path config = source.path().resolve(CONFIG);
        try {
            AtomicFile.write(folder.resolve(CONFIG), config(config, source));
        } catch (IOException e) {
            throw new BadInputException("cannot be read", config.toString(), "check its permissions", e);
        }
        CompanionFiles.copy(source.path(), folder);
        try (Arena arena = Arena.ofShared()) {
            Map<String, TensorEntry> stored =
                    CheckpointFolder.open(source.path(), arena).entries();
            List<TensorEntry> entries = new ArrayList<>();
            decoder.tensors().forEach((name, tensor) -> {
                DType dtype = stored.get(name).dtype();
                entries.add(new TensorEntry(name, dtype, tensor.shape(), values(decoder, tensor, dtype, arena)));
            });
            SafetensorsWriter.write(folder.resolve(WEIGHTS), Map.of("format", "pt"), entries);
        }
    }

    /** As it is, unless it ties an output layer that the checkpoint has of its own. */
    private static byte[] config(Path file, ModelSource source) throws IOException {
        ObjectMapper mapper = JsonText.FOREIGN;
        if (!(mapper.readTree(file.toFile()) instanceof ObjectNode json)
                || source.config().tieWordEmbeddings()
                || !json.path(TIED).asBoolean()) {
            return Files.readAllBytes(file);
        }
        return mapper.writerWithDefaultPrettyPrinter().writeValueAsBytes(json.put(TIED, false));
    }

    private static MemorySegment values(Decoder decoder, Tensor tensor, DType dtype, Arena arena) {
        MemorySegment f32 = arena.allocate(tensor.bytes(), 64);
        decoder.backend().download(tensor, f32);
        if (dtype == DType.F32) {
            return f32;
        }
        MemorySegment narrow = arena.allocate(tensor.elements() * dtype.bytes(), 64);
        float[] values = f32.toArray(ValueLayout.JAVA_FLOAT);
        HalfFloats.narrow(values, 0, values.length, narrow, dtype, 0);
        return narrow;
    }
}
