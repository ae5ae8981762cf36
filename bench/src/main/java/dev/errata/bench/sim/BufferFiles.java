package dev.errata.bench.sim;

import dev.errata.kernels.sim.run.Argument;
import dev.errata.kernels.sim.run.ElementType;
import dev.errata.model.file.SafetensorsFile;
import dev.errata.model.file.SafetensorsWriter;
import dev.errata.model.file.TensorEntry;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.DType;
import dev.errata.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A kernel's buffers from and to safetensors files. Unsigned numbers are written under the signed type of their size. */
final class BufferFiles {
    private record Form(DType dtype, Shape shape) {}

    private final Arena arena;
    private final List<Form> forms = new ArrayList<>();
    private final Map<String, SafetensorsFile> files = new LinkedHashMap<>();

    /**
     * @param arena how long mapped files live
     */
    BufferFiles(Arena arena) {
        this.arena = arena;
    }

    /** The argument, with the data of its file if it is in one. To be called for all arguments in order. */
    Argument resolved(Argument argument) {
        switch (argument) {
            case Argument.InFile in -> {
                TensorEntry tensor = files.computeIfAbsent(in.file(), f -> SafetensorsFile.open(Path.of(f), arena))
                        .entries()
                        .get(in.tensor());
                if (tensor == null) {
                    throw new BadInputException(
                            "no tensor " + in.tensor(),
                            in.file(),
                            "choose one of "
                                    + String.join(
                                            ", ", files.get(in.file()).entries().keySet()));
                }
                forms.add(new Form(tensor.dtype(), tensor.shape()));
                return new Argument.Data(tensor.data());
            }
            case Argument.Buffer b -> forms.add(new Form(dtype(b.type()), Shape.of(b.elements())));
            default -> forms.add(null);
        }
        return argument;
    }

    private static DType dtype(ElementType type) {
        return switch (type) {
            case U8 -> DType.U8;
            case S8 -> DType.I8;
            case U16, S16 -> DType.I16;
            case F16 -> DType.F16;
            case BF16 -> DType.BF16;
            case U32, S32 -> DType.I32;
            case F32 -> DType.F32;
            case U64, S64 -> DType.I64;
            case F64 -> DType.F64;
        };
    }

    void write(Path out, Map<Integer, MemorySegment> buffers) {
        List<TensorEntry> tensors = new ArrayList<>();
        buffers.forEach((i, bytes) -> tensors.add(
                new TensorEntry("arg." + i, forms.get(i).dtype(), forms.get(i).shape(), bytes)));
        SafetensorsWriter.write(out, Map.of(), tensors);
    }
}
