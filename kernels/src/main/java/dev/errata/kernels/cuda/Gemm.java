package dev.errata.kernels.cuda;

import java.util.Locale;

/**
 * A matrix product on the device: C = alpha · (op(A) · op(B) + op(A2) · op(B2)) + beta · C, with op(A) [m, k], op(B)
 * [k, n], C [m, n]. All factors have one element type, f32 or bf16, which the kernel that is asked tells; with beta 0, C
 * isn't read.
 *
 * @param k2 depth of the second pair, a low-rank addition to a linear layer; 0 where there is none
 * @param bf16Result C is bf16, else f32
 */
public record Gemm(
        Form form,
        int m,
        int n,
        int k,
        DeviceMatrix a,
        DeviceMatrix b,
        int k2,
        DeviceMatrix a2,
        DeviceMatrix b2,
        DeviceMatrix c,
        boolean bf16Result,
        float alpha,
        float beta) {
    private static final int CHUNK = 8;

    /** Which of the factors are stored transposed; the first letter is A's. */
    public enum Form {
        /** A [m, k], B [k, n]: an input's gradient, dY · W. */
        NN(true, false),
        /** A [m, k], B [n, k]: a linear layer, x · Wᵀ. */
        NT(true, true),
        /** A [k, m], B [k, n]: a weight's gradient, dYᵀ · x. */
        TN(false, false),
        /** A [k, m], B [n, k]. */
        TT(false, true);

        private final boolean aHasRowsOfK;
        private final boolean bHasRowsOfK;

        Form(boolean aHasRowsOfK, boolean bHasRowsOfK) {
            this.aHasRowsOfK = aHasRowsOfK;
            this.bHasRowsOfK = bHasRowsOfK;
        }

        /** As kernels are named. */
        String letters() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public Gemm {
        if (m < 0 || n < 0 || k < 0 || k2 < 0) {
            throw new IllegalArgumentException("a product of [" + m + ", " + k + " + " + k2 + "] and [.., " + n + "]");
        }
    }

    /** c = op(a) · op(b) in f32. */
    public static Gemm of(Form form, int m, int n, int k, DeviceMatrix a, DeviceMatrix b, DeviceMatrix c) {
        return new Gemm(form, m, n, k, a, b, 0, DeviceMatrix.NONE, DeviceMatrix.NONE, c, false, 1, 0);
    }

    /** This and a second pair of factors in the same form. */
    public Gemm plus(int depth, DeviceMatrix left, DeviceMatrix right) {
        return new Gemm(form, m, n, k, a, b, depth, left, right, c, bf16Result, alpha, beta);
    }

    public Gemm scaled(float factor, float ofOld) {
        return new Gemm(form, m, n, k, a, b, k2, a2, b2, c, bf16Result, factor, ofOld);
    }

    /** The same into a bf16 matrix. */
    public Gemm toBf16() {
        return new Gemm(form, m, n, k, a, b, k2, a2, b2, c, true, alpha, beta);
    }

    /** Elements next to each other in a row of A. */
    int widthA() {
        return form.aHasRowsOfK ? k : m;
    }

    int widthB() {
        return form.bHasRowsOfK ? k : n;
    }

    boolean aHasRowsOfK() {
        return form.aHasRowsOfK;
    }

    boolean bHasRowsOfK() {
        return form.bHasRowsOfK;
    }

    /** Whether bf16 factors can be copied in chunks of 16 bytes that lie wholly inside or outside of their matrix. */
    boolean hasWholeChunks() {
        boolean first = a.isAlignedBf16() && b.isAlignedBf16() && widthA() % CHUNK == 0 && widthB() % CHUNK == 0;
        return first && (k2 == 0 || (a2.isAlignedBf16() && b2.isAlignedBf16() && k2 % CHUNK == 0));
    }

    boolean hasAlignedFactors() {
        return a.isAlignedBf16() && b.isAlignedBf16() && (k2 == 0 || (a2.isAlignedBf16() && b2.isAlignedBf16()));
    }
}
