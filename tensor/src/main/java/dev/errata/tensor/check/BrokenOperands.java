package dev.errata.tensor.check;

import dev.errata.tensor.Backend;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;

/**
 * An operator with one of its tensors exchanged for a wrong one: a row or column more, rows and columns swapped, or
 * integers of 64 bits instead of what is wanted. Each must be refused, by the record or by the backend that is given it.
 */
public final class BrokenOperands {
    /** Tensors that may have more rows than others ask for: tables that are looked up in, caches, what alone says how many. */
    private static final Set<String> OPEN_ROWS = Set.of(
            "EmbeddingBackward.dTable",
            "GatherRows.x",
            "ScatterRows.out",
            "Attention.k",
            "Attention.v",
            "AddBias.x",
            "AddBiasBackward.dOut",
            "SumSquares.x");

    /** Tensors that may have more columns. */
    private static final Set<String> OPEN_COLUMNS = Set.of(
            "SliceColumns.x",
            "SliceColumns.out",
            "SliceColumnsBackward.dX",
            "SliceColumnsBackward.dOut",
            "CrossEntropy.logits",
            "SumSquares.x");

    private BrokenOperands() {}

    /**
     * One wrong operator.
     *
     * @param make gives it, unless its record already refuses
     */
    public record Broken(String what, Callable<Op> make) {
        /** Whether the record or the backend says that it is wrong. */
        public boolean isRefusedBy(Backend backend) {
            try {
                backend.run(make.call());
                return false;
            } catch (IllegalArgumentException e) {
                return true;
            } catch (Exception e) {
                throw new IllegalStateException(what + " is no clear error", e);
            }
        }

        @Override
        public String toString() {
            return what;
        }
    }

    /** Every way to break an operator; none for those whose only tensor may have any shape. */
    public static List<Broken> of(Op op, Scope scope) {
        List<Broken> broken = new ArrayList<>();
        RecordComponent[] components = op.getClass().getRecordComponents();
        Object[] operands = new Object[components.length];
        int tensors = 0;
        for (int i = 0; i < components.length; i++) {
            operands[i] = value(components[i], op);
            tensors += components[i].getType() == Tensor.class ? 1 : 0;
        }
        for (int i = 0; i < components.length; i++) {
            if (operands[i] instanceof Tensor tensor) {
                String place = op.getClass().getSimpleName() + "." + components[i].getName();
                boolean alone = tensors == 1 && components.length <= 2;
                for (Tensor wrong : wrong(tensor, place, alone, scope)) {
                    Object[] exchanged = operands.clone();
                    exchanged[i] = wrong;
                    broken.add(new Broken(place + " " + tensor + " as " + wrong, () -> made(op, exchanged)));
                }
            }
        }
        return broken;
    }

    private static List<Tensor> wrong(Tensor tensor, String place, boolean alone, Scope scope) {
        List<Tensor> wrong = new ArrayList<>();
        wrong.add(scope.allocate("wrong type", DType.I64, tensor.shape().toArray()));
        if (alone) {
            return wrong;
        }
        if (!OPEN_COLUMNS.contains(place)) {
            wrong.add(exchanged(tensor, tensor.rows(), tensor.columns() + 1L, scope));
        }
        if (!OPEN_ROWS.contains(place)) {
            wrong.add(exchanged(tensor, tensor.rows() + 1L, tensor.columns(), scope));
        }
        if (tensor.rows() != tensor.columns() && tensor.shape().rank() == 2) {
            wrong.add(exchanged(tensor, tensor.columns(), tensor.rows(), scope));
        }
        return wrong;
    }

    private static Tensor exchanged(Tensor tensor, long rows, long columns, Scope scope) {
        return scope.allocate("wrong shape", tensor.dtype(), rows, columns);
    }

    private static Op made(Op op, Object[] operands) throws Exception {
        Class<?>[] types = new Class<?>[operands.length];
        RecordComponent[] components = op.getClass().getRecordComponents();
        for (int i = 0; i < types.length; i++) {
            types[i] = components[i].getType();
        }
        try {
            return (Op) op.getClass().getDeclaredConstructor(types).newInstance(operands);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof RuntimeException refused) {
                throw refused;
            }
            throw e;
        }
    }

    private static Object value(RecordComponent component, Op op) {
        try {
            return component.getAccessor().invoke(op);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
