package dev.errata.bench.ops;

import dev.errata.tensor.Backend;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Philox;
import dev.errata.tensor.Rounding;
import dev.errata.tensor.Scope;
import dev.errata.tensor.SegmentBounds;
import dev.errata.tensor.Segments;
import dev.errata.tensor.Shape;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.sampling.SampleRequest;
import dev.errata.tensor.sampling.SamplingState;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Makes the operands of a benchmark in a scope: the same numbers on every backend, or of those that have rows only some
 * rows.
 */
public final class Operands {
    private static final int PIECE = 1 << 20;

    private final Scope scope;
    private final int checkedRows;
    private final boolean checkedAlone;
    private final List<Output> outputs = new ArrayList<>();
    private long stream;

    /** A tensor to compare, and which rows of it. */
    record Output(Tensor tensor, int[] rows) {}

    private Operands(Scope scope, int checkedRows, boolean checkedAlone) {
        this.scope = scope;
        this.checkedRows = checkedRows;
        this.checkedAlone = checkedAlone;
    }

    /**
     * All operands.
     *
     * @param checkedRows of an operand by rows, so many are compared; 0 for all
     */
    static Operands whole(Scope scope, int checkedRows) {
        return new Operands(scope, checkedRows, false);
    }

    /** Those rows alone that are compared with {@link #whole}. */
    static Operands checkedRows(Scope scope, int checkedRows) {
        return new Operands(scope, checkedRows, checkedRows > 0);
    }

    Backend backend() {
        return scope.backend();
    }

    Scope scope() {
        return scope;
    }

    List<Output> outputs() {
        return outputs;
    }

    /** The rows to compare of {@code n}: the first, the last and some between. */
    private int[] checked(int n) {
        if (checkedRows == 0 || checkedRows >= n) {
            return rows(n);
        }
        int[] rows = new int[checkedRows];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = checkedRows == 1 ? 0 : (int) ((long) i * (n - 1) / (checkedRows - 1));
        }
        return rows;
    }

    private static int[] rows(int n) {
        int[] rows = new int[n];
        Arrays.setAll(rows, i -> i);
        return rows;
    }

    /** Which rows of an operand with {@code n} rows are there. */
    int[] present(int n) {
        return checkedAlone ? checked(n) : rows(n);
    }

    /** Normal numbers, row by row. */
    Tensor rows(DType dtype, int n, int columns) {
        long own = ++stream;
        int[] present = present(n);
        Tensor tensor = scope.allocate("operand", dtype, present.length, columns);
        for (int i = 0; i < present.length; i++) {
            int row = present[i];
            fill(tensor.rowRange(i, 1), own, (long) row * columns);
        }
        return tensor;
    }

    /** An output by rows, of which the checked ones are compared. */
    Tensor output(DType dtype, int n, int columns) {
        Tensor tensor = rows(dtype, n, columns);
        outputs.add(new Output(tensor, checkedAlone ? rows(tensor.rows()) : checked(n)));
        return tensor;
    }

    /** Normal numbers that are no rows. */
    Tensor normal(DType dtype, long... dims) {
        Tensor tensor = scope.allocate("operand", dtype, dims);
        fill(tensor, ++stream, 0);
        return tensor;
    }

    Tensor normal(long... dims) {
        return normal(DType.F32, dims);
    }

    /** Positive numbers. */
    Tensor positive(long... dims) {
        long own = ++stream;
        float[] values = new float[Math.toIntExact(Shape.of(dims).elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = 0.1f + Math.abs(NormalNumbers.at(own, i));
        }
        return scope.floats("operand", values, dims);
    }

    /** An output whose elements are all compared, whatever rows it has. */
    Tensor wholeOutput(DType dtype, long... dims) {
        return compared(normal(dtype, dims));
    }

    Tensor compared(Tensor tensor) {
        outputs.add(new Output(tensor, null));
        return tensor;
    }

    private void fill(Tensor tensor, long own, long from) {
        int count = Math.toIntExact(tensor.elements());
        for (int at = 0; at < count; at += PIECE) {
            int length = Math.min(PIECE, count - at);
            float[] values = new float[length];
            NormalNumbers.fill(own, from + at, values, 0, length);
            Tensor part = tensor.window(
                    "part", tensor.dtype(), (long) at * tensor.dtype().bytes(), length);
            switch (tensor.dtype()) {
                case F32 -> backend().upload(MemorySegment.ofArray(values), part);
                case BF16, F16 -> {
                    short[] bits = new short[length];
                    for (int i = 0; i < length; i++) {
                        bits[i] = tensor.dtype() == DType.BF16
                                ? Rounding.bf16Bits(values[i])
                                : Float.floatToFloat16(values[i]);
                    }
                    backend().upload(MemorySegment.ofArray(bits), part);
                }
                default -> throw new IllegalArgumentException(tensor + " has no normal numbers");
            }
        }
    }

    Tensor zeros(long... dims) {
        return scope.zeros("operand", dims);
    }

    /** An F64 number. */
    Tensor f64() {
        return scope.allocate("operand", DType.F64, 1);
    }

    /** An I32 output with an element for each row, of which the checked ones are compared. */
    Tensor chosen(int n) {
        int[] present = present(n);
        Tensor tensor = scope.ids("chosen", new int[present.length]).view(present.length, 1);
        outputs.add(new Output(tensor, checkedAlone ? rows(present.length) : checked(n)));
        return tensor;
    }

    Tensor bytes(byte[] values) {
        Tensor tensor = scope.allocate("operand", DType.U8, values.length);
        backend().upload(MemorySegment.ofArray(values), tensor);
        return tensor;
    }

    Tensor floats(float[] values, long... dims) {
        return scope.floats("operand", values, dims);
    }

    Tensor ids(int[] values) {
        return scope.ids("ids", values);
    }

    /** Integers below {@code bound}, one for each row that is there. */
    Tensor idsByRow(int bound, int n) {
        long own = ++stream;
        int[] present = present(n);
        int[] values = new int[present.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = Philox.below(13, own, present[i], bound);
        }
        return scope.ids("ids", values);
    }

    Segments segments(SegmentBounds bounds) {
        return bounds.on(scope);
    }

    Segments segments(SegmentBounds bounds, int[] table, int width, int blocks, int blockTokens) {
        return bounds.on(scope, table, width, blocks, blockTokens);
    }

    SamplingState sampling(List<SampleRequest> requests, int room) {
        return SamplingState.of(scope, requests, room);
    }

    void run(Op op) {
        backend().run(op);
    }
}
