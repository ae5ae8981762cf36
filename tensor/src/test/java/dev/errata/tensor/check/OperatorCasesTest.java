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
    void everyOperatorHasACaseInEachTable() {
        for (List<OperatorCase> table : List.of(OperatorCases.all(), OperatorCases.small())) {
            Set<Class<?>> missing = new HashSet<>(List.of(Op.class.getPermittedSubclasses()));
            table.forEach(operator -> missing.remove(lastOperator(operator).getClass()));
            assertThat(missing).isEmpty();
        }
    }

    @Test
    void aBackendThatDoesNothingFailsEveryCaseWithSomethingToDo() {
        for (OperatorCase operator : OperatorCases.small()) {
            List<Output> expected = operator.run(reference);
            Lazy lazy = new Lazy(reference, operator);
            List<Output> untouched = operator.run(lazy);
            boolean changes = false;
            for (int i = 0; i < expected.size() && !changes; i++) {
                changes = !Arrays.equals(
                        expected.get(i).values(), untouched.get(i).values());
            }
            if (changes) {
                assertThat(operator.difference(expected, untouched))
                        .as(operator.name())
                        .isPresent();
            } else {
                assertThat(hasNothingToDo(lazy.skipped))
                        .as("%s can't fail: what it compares isn't changed by it", operator.name())
                        .isTrue();
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

    /** Runs all but the operator that a case is about. */
    private static final class Lazy implements ForwardingBackend {
        private final Backend inner;
        private final int last;
        private int seen;
        private Op skipped;

        Lazy(Backend inner, OperatorCase operator) {
            this.inner = inner;
            Counting counting = new Counting(inner);
            operator.run(counting);
            this.last = counting.operators.size();
        }

        @Override
        public Backend inner() {
            return inner;
        }

        @Override
        public void run(Op op) {
            if (++seen == last) {
                skipped = op;
            } else {
                inner.run(op);
            }
        }
    }

    private static final class Counting implements ForwardingBackend {
        private final Backend inner;
        private final List<Op> operators = new ArrayList<>();

        Counting(Backend inner) {
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

    private Op lastOperator(OperatorCase operator) {
        Counting counting = new Counting(reference);
        operator.run(counting);
        return counting.operators.getLast();
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
