package dev.errata.tensor.check;

import dev.errata.tensor.Backend;
import dev.errata.tensor.Blockwise8Bit;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Philox;
import dev.errata.tensor.Rounding;
import dev.errata.tensor.Scope;
import dev.errata.tensor.SegmentBounds;
import dev.errata.tensor.Segments;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import dev.errata.tensor.sampling.SampleRequest;
import dev.errata.tensor.sampling.SamplingState;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * One operator on random inputs that are the same for every backend.
 *
 * @param tolerance largest difference from the reference, relative to the largest element of the output or 1
 * @param hasEightBitRows whether it multiplies rows of 8 bits ({@link Weight#eightBitRows}), as not every backend does
 */
public record OperatorCase(String name, double tolerance, Function<Inputs, Op> build, boolean hasEightBitRows) {
    /** The largest gap between neighbours, relative to the lower one. */
    private static final double BF16_STEP = 0x1p-7;

    private static final int FEW = 2;
    private static final int ONE_IN = 100;

    /** What every backend computes. */
    public OperatorCase(String name, double tolerance, Function<Inputs, Op> build) {
        this(name, tolerance, build, false);
    }

    /** Why a backend has to refuse the operator with an {@link IllegalArgumentException}, in words; empty if it computes it. */
    public Optional<String> refusal(Backend backend) {
        return hasEightBitRows && !backend.roundsRows()
                ? Optional.of("rows of 8 bits aren't multiplied on " + backend.name())
                : Optional.empty();
    }

    /** Makes the inputs of a case in one backend's memory and remembers what to compare. */
    public static final class Inputs {
        private final Scope scope;
        private final List<Tensor> outputs = new ArrayList<>();
        private DType dtype = DType.F32;
        private long stream;

        public Inputs(Scope scope) {
            this.scope = scope;
        }

        /** The segments on this backend. */
        public Segments segments(SegmentBounds bounds) {
            return bounds.on(scope);
        }

        /** The same with keys in the blocks of a cache. */
        Segments segments(SegmentBounds bounds, int[] table, int width, int blocks, int blockTokens) {
            return bounds.on(scope, table, width, blocks, blockTokens);
        }

        /** These integers. */
        Tensor ids(int[] values) {
            return scope.ids("given", values);
        }

        /** From here on normal and positive numbers and outputs have this type: F32, BF16 or F16. */
        public Inputs in(DType type) {
            dtype = type;
            return this;
        }

        /** Normal numbers. */
        public Tensor normal(long... dims) {
            return drawn("random", i -> (float) Philox.normal(7, stream, i), dims);
        }

        private Tensor drawn(String name, IntToFloat value, long... dims) {
            Tensor tensor = scope.allocate(name, dtype, dims);
            int count = Math.toIntExact(tensor.elements());
            stream++;
            if (dtype == DType.F32) {
                float[] values = new float[count];
                for (int i = 0; i < count; i++) {
                    values[i] = value.at(i);
                }
                scope.backend().upload(MemorySegment.ofArray(values), tensor);
            } else {
                short[] values = new short[count];
                for (int i = 0; i < count; i++) {
                    values[i] =
                            dtype == DType.BF16 ? Rounding.bf16Bits(value.at(i)) : Float.floatToFloat16(value.at(i));
                }
                scope.backend().upload(MemorySegment.ofArray(values), tensor);
            }
            return tensor;
        }

        /** Normal numbers of F32, BF16 or F16. */
        public Tensor normal(DType type, long... dims) {
            DType before = dtype;
            Tensor tensor = in(type).normal(dims);
            dtype = before;
            return tensor;
        }

        /** The weight in the backend's own form. */
        public Weight prepared(Weight weight) {
            return scope.backend().prepare("weight", weight, scope);
        }

        /** These bytes. */
        Tensor bytes(byte[] values) {
            Tensor tensor = scope.allocate("bytes", DType.U8, values.length);
            scope.backend().upload(MemorySegment.ofArray(values), tensor);
            return tensor;
        }

        private interface IntToFloat {
            float at(int i);
        }

        /** These numbers. */
        Tensor floats(float[] values, long... dims) {
            return scope.floats("given", values, dims);
        }

        /** Positive numbers. */
        public Tensor positive(long... dims) {
            return drawn("positive", i -> 0.1f + Philox.uniform(7, stream, i), dims);
        }

        public Tensor bytes(long count) {
            Tensor tensor = scope.allocate("bytes", DType.U8, count);
            byte[] values = new byte[Math.toIntExact(count)];
            stream++;
            for (int i = 0; i < values.length; i++) {
                values[i] = (byte) Philox.bits(7, stream, i);
            }
            scope.backend().upload(MemorySegment.ofArray(values), tensor);
            return tensor;
        }

        /** States of 8 bits with an even map from {@code lowest} to 1. */
        public Blockwise8Bit eightBit(long count, float lowest) {
            float[] map = new float[Blockwise8Bit.CODES];
            for (int i = 0; i < map.length; i++) {
                map[i] = lowest + (1 - lowest) * i / (map.length - 1);
            }
            return new Blockwise8Bit(
                    compared(bytes(count)),
                    compared(positive(Blockwise8Bit.blocks(count))),
                    scope.floats("map", map, map.length));
        }

        /** Integers from 0 to bound − 1. */
        public Tensor ids(int bound, int count) {
            return idsFrom(0, bound, count);
        }

        /** Integers from {@code least} to bound − 1. */
        Tensor idsFrom(int least, int bound, int count) {
            stream++;
            int[] values = new int[count];
            for (int i = 0; i < count; i++) {
                values[i] = least + Philox.below(7, stream, i, bound - least);
            }
            return scope.ids("ids", values);
        }

        /** 0 to count − 1. */
        Tensor inOrder(int count) {
            return SamplingState.allSlots(scope, count);
        }

        SamplingState sampling(List<SampleRequest> requests, int room) {
            return SamplingState.of(scope, requests, room);
        }

        /** The first numbers of a permutation of 0 to bound − 1. */
        public Tensor distinct(int bound, int count) {
            int[] order = Philox.permutation(7, ++stream, bound);
            return scope.ids("distinct", java.util.Arrays.copyOf(order, count));
        }

        public Tensor doubles(double value) {
            Tensor tensor = scope.allocate("double", DType.F64, 1);
            scope.backend().upload(MemorySegment.ofArray(new double[] {value}), tensor);
            return tensor;
        }

        /** An output with random elements before the operator runs, so that what isn't written shows. */
        public Tensor output(long... dims) {
            return compared(normal(dims));
        }

        public Tensor compared(Tensor tensor) {
            outputs.add(tensor);
            return tensor;
        }

        public void also(Op op) {
            scope.backend().run(op);
        }

        /** Whether this tensor is one of the outputs. */
        boolean compares(Tensor tensor) {
            return outputs.contains(tensor);
        }
    }

    /** The elements of an output. */
    public record Output(DType dtype, double[] values) {
        /** What a tensor holds now. */
        public static Output of(Tensor tensor) {
            return new Output(tensor.dtype(), read(tensor.scope().backend(), tensor));
        }
    }

    /** The outputs on this backend. */
    public List<Output> run(Backend backend) {
        try (Scope scope = new Scope(name, backend)) {
            Inputs inputs = new Inputs(scope);
            backend.run(build.apply(inputs));
            return inputs.outputs.stream().map(Output::of).toList();
        }
    }

    /**
     * Where two backends' outputs differ by more than the tolerance, in words; empty if they don't. What is NaN in one
     * has to be NaN in the other. With a tolerance, a few elements of a BF16 output may be neighbours beside that: a
     * difference before they were rounded tips few of them over an edge.
     */
    public Optional<String> difference(List<Output> expected, List<Output> actual) {
        for (int output = 0; output < expected.size(); output++) {
            double[] right = expected.get(output).values();
            double[] ours = actual.get(output).values();
            double largest = largest(right);
            boolean bf16 = tolerance > 0 && expected.get(output).dtype() == DType.BF16;
            int tipped = bf16 ? FEW + right.length / ONE_IN : 0;
            for (int i = 0; i < right.length; i++) {
                boolean bothNaN = Double.isNaN(ours[i]) && Double.isNaN(right[i]);
                double gap = Math.abs(ours[i] - right[i]);
                if (bothNaN || gap <= tolerance * largest) {
                    continue;
                }
                tipped--;
                boolean isNeighbour = gap <= BF16_STEP * Math.abs(right[i]) + tolerance * largest;
                if (tipped < 0 || !isNeighbour) {
                    return Optional.of(name + ", output " + output + ", element " + i + ": " + ours[i] + " instead of "
                            + right[i] + ", largest " + largest);
                }
            }
        }
        return Optional.empty();
    }

    /** The largest difference between two backends' outputs, relative to the largest element of its output or 1. */
    public double gap(List<Output> expected, List<Output> actual) {
        double most = 0;
        for (int output = 0; output < expected.size(); output++) {
            double[] right = expected.get(output).values();
            double[] ours = actual.get(output).values();
            double largest = largest(right);
            for (int i = 0; i < right.length; i++) {
                double gap = Math.abs(ours[i] - right[i]);
                if (gap > 0) {
                    most = Math.max(most, gap / largest);
                }
            }
        }
        return most;
    }

    private static double largest(double[] values) {
        double largest = 1;
        for (double value : values) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }

    private static double[] read(Backend backend, Tensor tensor) {
        double[] values = new double[Math.toIntExact(tensor.elements())];
        if (tensor.dtype() == DType.F64) {
            backend.download(tensor, MemorySegment.ofArray(values));
            return values;
        }
        if (tensor.dtype() == DType.I32) {
            int[] ids = new int[values.length];
            backend.download(tensor, MemorySegment.ofArray(ids));
            java.util.Arrays.setAll(values, i -> ids[i]);
            return values;
        }
        if (tensor.dtype() == DType.U8) {
            byte[] bytes = new byte[values.length];
            backend.download(tensor, MemorySegment.ofArray(bytes));
            java.util.Arrays.setAll(values, i -> bytes[i] & 0xFF);
            return values;
        }
        if (tensor.dtype() == DType.BF16 || tensor.dtype() == DType.F16) {
            boolean bf16 = tensor.dtype() == DType.BF16;
            short[] bits = new short[values.length];
            backend.download(tensor, MemorySegment.ofArray(bits));
            java.util.Arrays.setAll(
                    values, i -> bf16 ? Float.intBitsToFloat(bits[i] << 16) : Float.float16ToFloat(bits[i]));
            return values;
        }
        float[] floats = new float[values.length];
        backend.download(tensor, MemorySegment.ofArray(floats));
        java.util.Arrays.setAll(values, i -> floats[i]);
        return values;
    }

    @Override
    public String toString() {
        return name;
    }
}
