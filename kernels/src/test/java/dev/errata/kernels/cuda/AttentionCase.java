package dev.errata.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Philox;
import dev.errata.tensor.Rounding;
import dev.errata.tensor.Scope;
import dev.errata.tensor.SegmentBounds;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.autograd.Ops;
import dev.errata.tensor.reference.ReferenceBackend;
import java.lang.foreign.MemorySegment;

/**
 * Operands of one attention, the reference's results (sums in double), and the kernels' results for the same operands.
 *
 * @param q [queryRows, H·D]; k and v [keyRows, K·D]; dOut as q
 */
record AttentionCase(
        AttentionShape shape,
        SegmentBounds segments,
        int queryRows,
        int keyRows,
        DType dtype,
        float[] q,
        float[] k,
        float[] v,
        float[] dOut) {
    /** Everything that an attention and its backward compute. */
    record Results(float[] out, float[] lse, float[] dQ, float[] dK, float[] dV) {}

    /** Normal numbers, which are bf16 values for bf16 kernels; queries times {@code size}. */
    static AttentionCase random(
            AttentionShape shape, SegmentBounds segments, int queryRows, int keyRows, DType dtype, float size) {
        int width = shape.heads() * shape.headDim();
        int keyWidth = shape.keyHeads() * shape.headDim();
        float[] q = normal(dtype, 1, queryRows * width, size);
        float[] k = normal(dtype, 2, keyRows * keyWidth, 1);
        float[] v = normal(dtype, 3, keyRows * keyWidth, 1);
        float[] dOut = normal(dtype, 4, queryRows * width, 1);
        return new AttentionCase(shape, segments, queryRows, keyRows, dtype, q, k, v, dOut);
    }

    private static float[] normal(DType dtype, int stream, int count, float size) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = Rounding.to(dtype, size * (float) Philox.normal(11, stream, i));
        }
        return values;
    }

    int width() {
        return shape.heads() * shape.headDim();
    }

    int keyWidth() {
        return shape.keyHeads() * shape.headDim();
    }

    /** The reference on these operands; gradients null where queries and keys aren't the same tokens. */
    Results reference() {
        try (ReferenceBackend backend = new ReferenceBackend();
                Scope scope = new Scope("attention", backend)) {
            Tensor out = tensor(scope, nans(q.length), width());
            Tensor lse = tensor(scope, nans(queryRows * shape.heads()), shape.heads());
            Op.Attention forward = new Op.Attention(
                    operand(scope, q, width()),
                    operand(scope, k, keyWidth()),
                    operand(scope, v, keyWidth()),
                    segments.on(scope),
                    shape.headDim(),
                    shape.scale(),
                    shape.window(),
                    shape.softCap(),
                    out,
                    lse);
            backend.run(forward);
            Tensor dQ = tensor(scope, q, width());
            Tensor dK = tensor(scope, k, keyWidth());
            Tensor dV = tensor(scope, v, keyWidth());
            backend.run(new Op.AttentionBackward(forward, tensor(scope, dOut, width()), dQ, dK, dV));
            return new Results(read(out), read(lse), read(dQ), read(dK), read(dV));
        }
    }

    private static float[] nans(int count) {
        float[] values = new float[count];
        java.util.Arrays.fill(values, Float.NaN);
        return values;
    }

    private static Tensor tensor(Scope scope, float[] values, int columns) {
        Tensor tensor = scope.f32("operand", values.length / columns, columns);
        scope.backend().upload(MemorySegment.ofArray(values), tensor);
        return tensor;
    }

    /** A query, key or value: BF16 where the reference is to round as it does for those. */
    private Tensor operand(Scope scope, float[] values, int columns) {
        Tensor wide = tensor(scope, values, columns);
        return shape.rounding() ? new Ops(scope, null).cast(wide, DType.BF16) : wide;
    }

    private static float[] read(Tensor tensor) {
        float[] values = new float[Math.toIntExact(tensor.elements())];
        MemorySegment.ofArray(values).copyFrom(dev.errata.tensor.HostMemory.of(tensor));
        return values;
    }

    /** The kernels on these operands. Rows of keys that no sequence has are as they were: zeros. */
    Results kernels(KernelLibrary library, DType outDtype, DType gradientDtype) {
        AttentionKernels kernels = new AttentionKernels(library);
        try (DeviceArrays arrays = new DeviceArrays(library.driver())) {
            DeviceSegments where = arrays.segments(segments);
            DeviceRows q = arrays.rows(dtype, width(), this.q);
            DeviceRows k = arrays.rows(dtype, keyWidth(), this.k);
            DeviceRows v = arrays.rows(dtype, keyWidth(), this.v);
            DeviceRows out = arrays.unwritten(outDtype, width(), queryRows);
            int pairs = queryRows * shape.heads();
            DeviceRows lse = arrays.unwritten(DType.F32, shape.heads(), queryRows);
            kernels.forward(shape, where, q, k, v, out, lse.address(), 0);
            DeviceRows dQ = arrays.unwritten(gradientDtype, width(), queryRows);
            DeviceRows dK = arrays.rows(gradientDtype, keyWidth(), new float[this.k.length]);
            DeviceRows dV = arrays.rows(gradientDtype, keyWidth(), new float[this.v.length]);
            DeviceRows dOut = arrays.rows(dtype, width(), this.dOut);
            long delta = arrays.empty(4L * pairs);
            kernels.backward(shape, where, queryRows, q, k, v, out, lse.address(), dOut, delta, dQ, dK, dV, 0);
            return new Results(
                    arrays.download(out, queryRows),
                    arrays.download(lse, queryRows),
                    arrays.download(dQ, queryRows),
                    arrays.download(dK, keyRows),
                    arrays.download(dV, keyRows));
        }
    }

    /**
     * ‖actual − expected‖ is at most {@code tolerance} · ‖expected‖, and no element is NaN that shouldn't be. What is zero,
     * as dS of a query that sees one key, may be the difference of two f32 sums near 1.
     */
    static void assertClose(String what, float[] expected, float[] actual, double tolerance) {
        assertThat(actual).as(what).hasSameSizeAs(expected);
        double difference = 0;
        double size = 0;
        for (int i = 0; i < expected.length; i++) {
            if (Float.isNaN(expected[i]) != Float.isNaN(actual[i])) {
                assertThat(actual[i]).as(what + ", element " + i).isEqualTo(expected[i]);
            }
            if (!Float.isNaN(expected[i])) {
                double off = (double) actual[i] - expected[i];
                difference += off * off;
                size += (double) expected[i] * expected[i];
            }
        }
        assertThat(Math.sqrt(difference))
                .as(what)
                .isLessThanOrEqualTo(tolerance * Math.sqrt(size) + 2e-6 * Math.sqrt(expected.length));
    }
}
