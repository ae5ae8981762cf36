package dev.errata.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.tensor.DType;
import dev.errata.tensor.HostMemory;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import dev.errata.tensor.check.OperatorCase.Inputs;
import dev.errata.tensor.check.WeightKind;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A row of a product has the same bits alone and among others, on any number of threads, whatever form its weight has. */
class RowBitsTest {
    private static final int ROWS = 300;
    private static final int[] COUNTS = {1, 2, 3, 4, 5, 7, 9, 12, 13, 16, 17, 30, 299};

    static Stream<WeightKind> kinds() {
        List<WeightKind> kinds = new ArrayList<>(WeightKind.denseAndFourBit(75, 704, 64));
        kinds.addAll(WeightKind.denseAndFourBit(70, 51, 32));
        // More steps of k than a product takes at once.
        kinds.addAll(WeightKind.denseAndFourBit(33, 2112, 64));
        kinds.addAll(WeightKind.ggml(41, 768));
        return kinds.stream();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aRowHasTheSameBitsAloneAndAmongOthers(WeightKind kind) {
        List<byte[]> expected = null;
        for (int threads = 1; threads <= 2; threads++) {
            for (WeightKind form : List.of(kind, kind.prepared())) {
                try (CpuBackend backend = new CpuBackend(threads);
                        Scope scope = new Scope("test", backend)) {
                    Inputs inputs = new Inputs(scope);
                    Weight weight = form.make(inputs);
                    List<byte[]> rows = rows(backend, scope, inputs, weight);
                    expected = expected == null ? rows : expected;
                    for (int i = 0; i < rows.size(); i++) {
                        assertThat(rows.get(i))
                                .as("%s, output %d", form.name(), i)
                                .isEqualTo(expected.get(i));
                    }
                }
            }
        }
    }

    /** Layers that are given together, some of which lie in panels of the same form, some of others and some in none. */
    @ParameterizedTest
    @MethodSource("kinds")
    void layersOfOneInputHaveTheSameBitsAloneAndTogether(WeightKind kind) {
        try (CpuBackend backend = new CpuBackend(2);
                Scope scope = new Scope("test", backend)) {
            Inputs inputs = new Inputs(scope);
            Weight one = kind.prepared().make(inputs);
            Tensor dense = scope.f32("dense", one.out(), one.in());
            backend.run(new Op.Dequantize(one, dense));
            Weight panels = backend.prepare("panels", new Weight.Dense(dense), scope);
            Weight stored = new Weight.Dense(dense);
            for (List<Weight> weights :
                    List.of(List.of(one), List.of(one, panels, one), List.of(one, stored, panels))) {
                for (int rows : new int[] {0, 1, 3, 7, 13, 130}) {
                    Tensor x = inputs.normal(DType.F32, rows, one.in());
                    List<Op.Linear> together = weights.stream()
                            .map(w -> new Op.Linear(x, w, scope.f32("together", rows, w.out()), false))
                            .toList();
                    backend.runTogether(together);
                    for (Op.Linear layer : together) {
                        Tensor alone = scope.f32("alone", rows, layer.weight().out());
                        backend.run(new Op.Linear(x, layer.weight(), alone, false));
                        assertThat(bytes(layer.out())).as("%d rows", rows).isEqualTo(bytes(alone));
                    }
                }
            }
        }
    }

    /** All rows of the products forward and backward, of which parts are looked at alone. */
    private static List<byte[]> rows(CpuBackend backend, Scope scope, Inputs inputs, Weight weight) {
        Tensor x = inputs.normal(ROWS, weight.in());
        Tensor dOut = inputs.normal(ROWS, weight.out());
        Tensor out = inputs.normal(ROWS, weight.out());
        Tensor dX = inputs.normal(ROWS, weight.in());
        for (int count : COUNTS) {
            int first = ROWS - count;
            Tensor part = copy(scope, out).rowRange(first, count);
            Tensor back = copy(scope, dX).rowRange(first, count);
            Tensor all = copy(scope, out);
            Tensor allBack = copy(scope, dX);
            backend.run(new Op.Linear(x, weight, all, true));
            backend.run(new Op.LinearBackward(dOut, weight, allBack, true));
            backend.run(new Op.Linear(x.rowRange(first, count), weight, part, true));
            backend.run(new Op.LinearBackward(dOut.rowRange(first, count), weight, back, true));
            assertThat(bytes(part)).as("%d rows", count).isEqualTo(bytes(all.rowRange(first, count)));
            assertThat(bytes(back)).as("%d rows backward", count).isEqualTo(bytes(allBack.rowRange(first, count)));
        }
        backend.run(new Op.Linear(x, weight, out, false));
        backend.run(new Op.LinearBackward(dOut, weight, dX, false));
        return List.of(bytes(out), bytes(dX));
    }

    private static Tensor copy(Scope scope, Tensor tensor) {
        Tensor copy = scope.allocate("copy", tensor.dtype(), tensor.shape().toArray());
        HostMemory.of(copy).copyFrom(HostMemory.of(tensor));
        return copy;
    }

    private static byte[] bytes(Tensor tensor) {
        return HostMemory.of(tensor).toArray(ValueLayout.JAVA_BYTE);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aTrainedMatrixHasTheBitsOfAFrozenOne(WeightKind kind) {
        try (CpuBackend backend = new CpuBackend(2);
                Scope scope = new Scope("test", backend)) {
            Inputs inputs = new Inputs(scope);
            Weight weight = kind.prepared().make(inputs);
            Tensor dense = scope.f32("dense", weight.out(), weight.in());
            backend.run(new Op.Dequantize(weight, dense));
            for (int rows : new int[] {1, 4, 50, 130}) {
                Tensor x = inputs.normal(DType.F32, rows, weight.in());
                Tensor frozen = scope.f32("frozen", rows, weight.out());
                Tensor trained = scope.f32("trained", rows, weight.out());
                backend.run(new Op.Linear(x, weight, frozen, false));
                backend.run(new Op.MatMul(x, dense, trained, false, true, 1, false));
                assertThat(bytes(trained)).as("%d rows", rows).isEqualTo(bytes(frozen));
                Tensor dX = scope.f32("dX", rows, weight.in());
                Tensor dTrained = scope.f32("dX trained", rows, weight.in());
                backend.run(new Op.LinearBackward(frozen, weight, dX, false));
                backend.run(new Op.MatMul(frozen, dense, dTrained, false, false, 1, false));
                assertThat(bytes(dTrained)).as("%d rows backward", rows).isEqualTo(bytes(dX));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void panelsTakeLittleMoreThanWhatWasStored(WeightKind kind) {
        try (CpuBackend backend = new CpuBackend(1);
                Scope scope = new Scope("test", backend)) {
            Weight stored = kind.make(new Inputs(scope));
            Weight prepared = backend.prepare("weight", stored, scope);
            if (!prepared.equals(stored)) {
                double padded = Math.ceilDiv(kind.out(), Tile.COLUMNS) * (double) Tile.COLUMNS / kind.out();
                assertThat(prepared.bytes()).isLessThanOrEqualTo((long) (1.1 * padded * stored.bytes()));
            }
        }
    }
}
