package dev.errata.pipeline.cli.model;

import dev.errata.model.file.SafetensorsWriter;
import dev.errata.model.file.TensorEntry;
import dev.errata.pipeline.engine.OpenModel;
import dev.errata.tensor.Backend;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.DType;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.train.TargetLoss;
import dev.errata.train.data.Example;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The gradients of the mean loss over all target tokens of all rows, under the tensors' own names. */
final class GradientFile {
    private final OpenModel model;

    GradientFile(OpenModel model) {
        this.model = model;
    }

    void write(Path file, List<ScoreRow> rows) {
        long targets = rows.stream().mapToLong(row -> row.example().targets()).sum();
        if (targets == 0) {
            throw new BadInputException("no row has labels", "--gradients", "give labels with tokens to train on");
        }
        Backend backend = model.decoder().backend();
        Map<String, Tensor> trainable = model.adapter() == null
                ? model.decoder().tensors()
                : model.adapter().tensors();
        try (Scope scope = new Scope("gradients", backend);
                Arena arena = Arena.ofShared()) {
            Map<String, Tensor> named = new LinkedHashMap<>();
            IdentityHashMap<Tensor, Tensor> gradients = new IdentityHashMap<>();
            trainable.forEach((name, tensor) -> {
                Tensor gradient =
                        scope.zeros("gradient of " + name, tensor.shape().toArray());
                named.put(name, gradient);
                gradients.put(tensor, gradient);
            });
            TargetLoss loss = new TargetLoss(model.decoder());
            for (ScoreRow row : rows) {
                Example example = row.example();
                loss.addGradients(List.of(example), (float) (1.0 / targets), gradients, null, 0);
            }
            List<TensorEntry> entries = new ArrayList<>();
            named.forEach((name, gradient) -> {
                MemorySegment values = arena.allocate(gradient.bytes(), 64);
                backend.download(gradient, values);
                entries.add(new TensorEntry(name, DType.F32, gradient.shape(), values));
            });
            SafetensorsWriter.write(file, Map.of(), entries);
        }
    }
}
