package dev.errata.kernels.cuda;

import dev.errata.tensor.DType;
import java.util.Locale;
import java.util.Set;

/** Launches of {@code ggml.cu}: weights in GGML's block types widened on the device. */
public final class GgmlKernels {
    private static final Set<String> TYPES =
            Set.of("Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL", "IQ4_XS");
    private static final int THREADS = 256;
    private static final int ELEMENTS = 8192;

    private final KernelLibrary library;

    public GgmlKernels(KernelLibrary library) {
        this.library = library;
    }

    /** Whether there is a kernel for a type, named as in GGUF files. */
    public static boolean has(String type) {
        return TYPES.contains(type);
    }

    /**
     * out [n] = the elements of whole blocks.
     *
     * @param type as {@code Q4_K}
     * @param to F32 or BF16
     * @throws IllegalArgumentException if the type has no kernel
     */
    public void widen(String type, DType to, long source, long out, long n, long stream) {
        if (!has(type)) {
            throw new IllegalArgumentException("no kernel widens ggml type " + type);
        }
        String entry = "widen_" + type.toLowerCase(Locale.ROOT) + "_" + Precision.name(to);
        KernelArguments arguments =
                new KernelArguments().address(source).address(out).i64(n);
        library.kernel("ggml", entry).launch(Launch.of(Grids.blocks(n, ELEMENTS), THREADS), arguments, stream);
    }
}
