package dev.errata.kernels.cuda;

import dev.errata.kernels.cuda.Gemm.Form;
import dev.errata.tensor.DType;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * Products on the tensor cores whose factors are bf16 or f32 and whose sums are f32. An f32 factor takes part as the three bf16 pieces
 * that it is the sum of ({@code pieces.cu}), so nothing of it is rounded away:
 *
 * <pre>
 * bf16 · bf16                          one product                                          {@link Bf16Gemm}
 * bf16 · f32 of few rows or columns    one product with the pieces beside each other, then their sum
 * bf16 · f32                           three products, one added to the other; the result is F32
 * f32 · f32, few k, into bf16          one product with six pairs of pieces along k
 * others                               not here: {@link F32Gemm}
 * </pre>
 *
 * <p>None of this depends on the number of tokens.
 */
final class MixedProducts {
    private static final int MOST_BESIDE = 256 / PieceKernels.PIECES;
    private static final int MOST_PAIRED = 256;
    /** As pieces lie. */
    private static final DeviceMatrix ALIGNED = new DeviceMatrix(0, 8);

    private final DevicePool pool;
    private final long stream;
    private final Bf16Gemm products;
    private final PieceKernels pieces;

    /** The sizes and factors of c = (or +=) alpha · op(a) · op(b). */
    record Factors(
            Form form,
            int m,
            int n,
            int k,
            TypedMatrix a,
            TypedMatrix b,
            DType result,
            float alpha,
            boolean accumulate) {
        /** The same with an f32 result. */
        Factors intoF32() {
            return new Factors(form, m, n, k, a, b, DType.F32, alpha, accumulate);
        }

        private boolean hasBf16() {
            return a.isBf16() || b.isBf16();
        }

        private float beta() {
            return accumulate ? 1 : 0;
        }

        private Gemm of(int rows, int columns, DeviceMatrix left, DeviceMatrix right, DeviceMatrix to) {
            return Gemm.of(form, rows, columns, k, left, right, to);
        }
    }

    MixedProducts(KernelLibrary library, DevicePool pool, long stream) {
        this.pool = pool;
        this.stream = stream;
        products = new Bf16Gemm(library, pool);
        pieces = new PieceKernels(library);
    }

    /** Whether {@link #launch} takes these. */
    static boolean takes(Factors f) {
        if (f.form() == Form.TT) {
            return false;
        }
        if (f.a().isBf16() && f.b().isBf16()) {
            return true;
        }
        return f.hasBf16() ? f.result() == DType.F32 || isBeside(f) : f.result() == DType.BF16 && isPaired(f);
    }

    /**
     * Whether {@link #launchPaired} takes these. Pieces of B's rows can't lie below each other with gaps, so k must be whole chunks
     * there.
     */
    static boolean isPaired(Factors f) {
        boolean fits = f.form() == Form.NT || (f.form() == Form.NN && f.k() == PieceKernels.width(f.k()));
        return !f.a().isBf16() && !f.b().isBf16() && fits && f.k() <= MOST_PAIRED;
    }

    /** Whether the f32 factor's pieces lie beside each other: along N, or along M where that isn't tokens. */
    private static boolean isBeside(Factors f) {
        return f.a().isBf16() ? f.n() <= MOST_BESIDE : f.form() == Form.TN && f.m() <= MOST_BESIDE;
    }

    void launch(StepKind step, Factors f, DeviceMatrix c) {
        if (f.a().isBf16() && f.b().isBf16()) {
            Gemm g = f.of(f.m(), f.n(), f.a().matrix(), f.b().matrix(), c).scaled(f.alpha(), f.beta());
            launch(step, g, f.result());
        } else if (!f.hasBf16()) {
            launchPaired(step, f, c);
        } else if (!isBeside(f)) {
            added(step, f, c);
        } else if (f.a().isBf16()) {
            besideRight(step, f, c);
        } else {
            besideLeft(step, f, c);
        }
    }

    private void launch(StepKind step, Gemm g, DType result) {
        products.launch(step, result == DType.BF16 ? g.toBf16() : g, stream);
    }

    /** B in pieces: along n, so below each other where rows of B are n. */
    private void besideRight(StepKind step, Factors f, DeviceMatrix c) {
        boolean below = f.form() == Form.NT;
        int rows = below ? f.n() : f.k();
        int columns = below ? f.k() : f.n();
        int width = PieceKernels.width(columns);
        int span = below ? f.n() : width;
        int all = PieceKernels.PIECES * span;
        withPieces(rows, width, split -> {
            DeviceMatrix right = new DeviceMatrix(split, below ? width : all);
            if (below) {
                pieces.below(f.b().matrix(), rows, columns, PieceKernels.PIECES, PieceKernels.EACH, split, stream);
            } else {
                pieces.beside(f.b().matrix(), rows, columns, PieceKernels.PIECES, PieceKernels.EACH, split, stream);
            }
            if (folds(step, f, f.of(f.m(), all, f.a().matrix(), right, c), false, f.n())) {
                return;
            }
            withScratch((long) f.m() * all * Float.BYTES, sums -> {
                launch(step, f.of(f.m(), all, f.a().matrix(), right, new DeviceMatrix(sums, all)), DType.F32);
                pieces.fold(sums, all, span, f.result(), c, f.m(), f.n(), f.alpha(), f.beta(), stream);
            });
        });
    }

    /** Whether one kernel multiplied by the pieces and added them. */
    private boolean folds(StepKind step, Factors f, Gemm g, boolean alongM, int ranks) {
        Gemm whole = (f.result() == DType.BF16 ? g.toBf16() : g).scaled(f.alpha(), f.beta());
        if (!products.folds(step, whole, alongM)) {
            return false;
        }
        products.launchFolded(whole, alongM, ranks, stream);
        return true;
    }

    /** A [k, m] in pieces along m. */
    private void besideLeft(StepKind step, Factors f, DeviceMatrix c) {
        int width = PieceKernels.width(f.m());
        int all = PieceKernels.PIECES * width;
        withPieces(f.k(), width, split -> {
            pieces.beside(f.a().matrix(), f.k(), f.m(), PieceKernels.PIECES, PieceKernels.EACH, split, stream);
            DeviceMatrix left = new DeviceMatrix(split, all);
            if (folds(step, f, f.of(all, f.n(), left, f.b().matrix(), c), true, f.m())) {
                return;
            }
            withScratch((long) all * f.n() * Float.BYTES, sums -> {
                launch(step, f.of(all, f.n(), left, f.b().matrix(), new DeviceMatrix(sums, f.n())), DType.F32);
                long piece = (long) width * f.n();
                pieces.fold(sums, f.n(), piece, f.result(), c, f.m(), f.n(), f.alpha(), f.beta(), stream);
            });
        });
    }

    /** The f32 factor's pieces one after the other, the smallest first. */
    private void added(StepKind step, Factors f, DeviceMatrix c) {
        boolean left = !f.a().isBf16();
        TypedMatrix factor = left ? f.a() : f.b();
        boolean rowsOfK = left ? f.form() != Form.TN : f.form() == Form.NT;
        int span = left ? f.m() : f.n();
        int rows = rowsOfK ? span : f.k();
        int columns = rowsOfK ? f.k() : span;
        int width = PieceKernels.width(columns);
        withPieces(rows, width, split -> {
            pieces.below(factor.matrix(), rows, columns, PieceKernels.PIECES, PieceKernels.EACH, split, stream);
            for (int p = PieceKernels.PIECES - 1; p >= 0; p--) {
                DeviceMatrix piece = new DeviceMatrix(split + (long) p * rows * width * Short.BYTES, width);
                float beta = p == PieceKernels.PIECES - 1 ? f.beta() : 1;
                Gemm g = left
                        ? f.of(f.m(), f.n(), piece, f.b().matrix(), c)
                        : f.of(f.m(), f.n(), f.a().matrix(), piece, c);
                launch(step, g.scaled(f.alpha(), beta), DType.F32);
            }
        });
    }

    /** Both factors in pieces along k. */
    void launchPaired(StepKind step, Factors f, DeviceMatrix c) {
        withPairs(f, c, g -> launch(step, g, f.result()));
    }

    /**
     * c BF16 = (or +=) dropout of alpha · a · b, both F32, if a kernel does that in one product; else nothing is launched.
     *
     * @return whether it was done
     */
    boolean launchDropped(Factors f, DeviceMatrix c, DropoutMask mask) {
        if (!isPaired(f)
                || !products.supportsDropped(
                        f.of(f.m(), f.n(), ALIGNED, ALIGNED, c).toBf16())) {
            return false;
        }
        withPairs(f, c, g -> products.launchDropped(g.toBf16(), mask, stream));
        return true;
    }

    /** A [m, k], and B [n, k] or [k, n], in pieces along k. */
    private void withPairs(Factors f, DeviceMatrix c, Consumer<Gemm> launches) {
        int pairs = PieceKernels.PAIRS;
        int width = PieceKernels.width(f.k());
        boolean below = f.form() == Form.NN;
        int columns = PieceKernels.width(f.n());
        long right = below ? (long) pairs * width * columns : (long) f.n() * pairs * width;
        withScratch(
                (long) f.m() * pairs * width * Short.BYTES,
                a -> withScratch(right * Short.BYTES, b -> {
                    pieces.beside(f.a().matrix(), f.m(), f.k(), pairs, PieceKernels.LEFT_OF_PAIRS, a, stream);
                    if (below) {
                        pieces.below(f.b().matrix(), f.k(), f.n(), pairs, PieceKernels.RIGHT_OF_PAIRS, b, stream);
                    } else {
                        pieces.beside(f.b().matrix(), f.n(), f.k(), pairs, PieceKernels.RIGHT_OF_PAIRS, b, stream);
                    }
                    int depth = pairs * width;
                    DeviceMatrix split = new DeviceMatrix(b, below ? columns : depth);
                    launches.accept(Gemm.of(f.form(), f.m(), f.n(), depth, new DeviceMatrix(a, depth), split, c)
                            .scaled(f.alpha(), f.beta()));
                }));
    }

    private void withPieces(int rows, int width, LongConsumer launches) {
        withScratch((long) PieceKernels.PIECES * rows * width * Short.BYTES, launches);
    }

    private void withScratch(long bytes, LongConsumer launches) {
        if (bytes == 0) {
            launches.accept(0);
            return;
        }
        DeviceMemory memory = pool.allocate(bytes);
        try {
            launches.accept(memory.address());
        } finally {
            pool.free(memory);
        }
    }
}
