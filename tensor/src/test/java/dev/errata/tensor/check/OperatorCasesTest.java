package dev.errata.tensor.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.tensor.Backend;
import dev.errata.tensor.ForwardingBackend;
import dev.errata.tensor.HostMemory;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import dev.errata.tensor.check.BrokenOperands.Broken;
import dev.errata.tensor.check.OperatorCase.Inputs;
import dev.errata.tensor.check.OperatorCase.Output;
import dev.errata.tensor.reference.ReferenceBackend;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The table of operator cases itself: that it is whole, and that no case of it agrees with a backend that is wrong. */
class OperatorCasesTest {
    private final ReferenceBackend reference = new ReferenceBackend();

    @AfterEach
    void close() {
        reference.close();
    }

    @Test
    void everyOperatorIsRunByACaseOfEachTable() {
        for (List<OperatorCase> table : List.of(OperatorCases.all(), OperatorCases.small())) {
            Set<Class<?>> missing = new HashSet<>(List.of(Op.class.getPermittedSubclasses()));
            Recording recording = new Recording(reference);
            for (OperatorCase operator : table) {
                try (Scope scope = new Scope(operator.name(), recording)) {
                    missing.remove(operator.build().apply(new Inputs(scope)).getClass());
                }
            }
            recording.operators.forEach(op -> missing.remove(op.getClass()));
            assertThat(missing).isEmpty();
        }
    }

    /** What prepares a case, as keys written into a cache, is under test as well as the operator that it is about. */
    @Test
    void aBackendThatLeavesAnOperatorOutFailsEveryCaseWithSomethingToDo() {
        for (OperatorCase operator : OperatorCases.small()) {
            Recording recording = new Recording(reference);
            List<Output> expected = operator.run(recording);
            for (int index = 0; index < recording.operators.size(); index++) {
                List<Output> actual = operator.run(new Lazy(reference, index));
                Op skipped = recording.operators.get(index);
                if (!hasNothingToDo(skipped)) {
                    assertThat(operator.difference(expected, actual))
                            .as(
                                    "%s without its %s",
                                    operator.name(), skipped.getClass().getSimpleName())
                            .isPresent();
                }
            }
        }
    }

    @Test
    void allThatAnOperatorChangesIsCompared() {
        for (OperatorCase operator : OperatorCases.small()) {
            try (Scope scope = new Scope(operator.name(), reference)) {
                Inputs inputs = new Inputs(scope);
                Op op = operator.build().apply(inputs);
                IdentityHashMap<Tensor, byte[]> before = new IdentityHashMap<>();
                tensors(op).forEach(tensor -> before.put(tensor, bytes(tensor)));
                reference.run(op);
                before.forEach((tensor, was) -> {
                    if (!Arrays.equals(was, bytes(tensor))) {
                        assertThat(inputs.compares(tensor))
                                .as("%s changes %s and doesn't compare it", operator.name(), tensor)
                                .isTrue();
                    }
                });
            }
        }
    }

    @Test
    void everyBrokenShapeAndTypeIsRefused() {
        List<String> accepted = new ArrayList<>();
        for (OperatorCase operator : OperatorCases.tiny()) {
            try (Scope scope = new Scope(operator.name(), reference)) {
                Op op = operator.build().apply(new Inputs(scope));
                for (Broken broken : BrokenOperands.of(op, scope)) {
                    if (!broken.isRefusedBy(reference)) {
                        accepted.add(operator.name() + ": " + broken);
                    }
                }
            }
        }
        assertThat(accepted).isEmpty();
    }

    @Test
    void aRowThatIsNamedTwiceIsRefusedByTheReference() {
        try (Scope scope = new Scope("test", reference)) {
            Op twice = new Op.ScatterRows(
                    scope.zeros("x", 2, 3), scope.ids("rows", new int[] {4, 4}), scope.zeros("out", 5, 3), true);
            assertThatThrownBy(() -> reference.run(twice))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("place 4 is named twice");
        }
    }

    /** Leaves one operator out. */
    private static final class Lazy implements ForwardingBackend {
        private final Backend inner;
        private final int skipped;
        private int seen;

        Lazy(Backend inner, int skipped) {
            this.inner = inner;
            this.skipped = skipped;
        }

        @Override
        public Backend inner() {
            return inner;
        }

        @Override
        public void run(Op op) {
            if (seen++ != skipped) {
                inner.run(op);
            }
        }
    }

    private static final class Recording implements ForwardingBackend {
        private final Backend inner;
        private final List<Op> operators = new ArrayList<>();

        Recording(Backend inner) {
            this.inner = inner;
        }

        @Override
        public Backend inner() {
            return inner;
        }

        @Override
        public void run(Op op) {
            operators.add(op);
            inner.run(op);
        }
    }

    /** Whether an operand without elements leaves nothing to write or to sum. */
    private static boolean hasNothingToDo(Op op) {
        return tensors(op).stream().anyMatch(tensor -> tensor.elements() == 0);
    }

    private static List<Tensor> tensors(Object holder) {
        return switch (holder) {
            case null -> List.of();
            case Tensor tensor -> List.of(tensor);
            case Weight weight -> weight.tensors();
            case Record composed ->
                Stream.of(composed.getClass().getRecordComponents())
                        .flatMap(component -> tensors(value(component, composed)).stream())
                        .toList();
            default -> List.of();
        };
    }

    private static Object value(RecordComponent component, Record composed) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(composed);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] bytes(Tensor tensor) {
        MemorySegment memory = HostMemory.of(tensor);
        return memory.toArray(ValueLayout.JAVA_BYTE);
    }
}
