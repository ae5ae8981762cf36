package dev.errata.pipeline.fuzz;

import dev.errata.model.weights.ModelSource;
import java.nio.file.Path;
import java.util.Arrays;

/** A GGUF model in two files: the input's first byte says where the first file ends, in 256ths of the rest. */
public final class GgufPartsFuzz {
    private GgufPartsFuzz() {}

    /** Reads one input by the name of either part. */
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        int end = 1 + (input.length - 1) * (input[0] & 0xff) / 256;
        Path first = Trial.file("m-00001-of-00002.gguf", Arrays.copyOfRange(input, 1, end));
        Path second = Trial.file("m-00002-of-00002.gguf", Arrays.copyOfRange(input, end, input.length));
        read(first, input.length);
        read(second, input.length);
    }

    private static void read(Path part, int bytes) {
        Trial.run(bytes, () -> {
            try (ModelSource source = ModelSource.open(part)) {
                source.weights().requireNoOthers();
            }
        });
    }
}
