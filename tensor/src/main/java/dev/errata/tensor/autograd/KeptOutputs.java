package dev.errata.tensor.autograd;

import dev.errata.tensor.Allocation;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What is kept of a block that is run again for its gradient: outputs of products that are much narrower than their inputs, as
 * those of a low-rank layer's first half. They cost as much to make as others many times their size.
 */
final class KeptOutputs {
    /** By how much an output is narrower than its input. */
    private static final int TIMES = 4;

    /** One for each operator that has such an output, in their order; null where another operator wrote to it later. */
    private final List<Tensor> outputs = new ArrayList<>();

    static boolean isNarrow(Op op) {
        return switch (op) {
            case Op.DropoutLinear o -> isNarrow(o.x(), o.out());
            case Op.Linear o -> isNarrow(o.x(), o.out()) && !o.accumulate();
            default -> false;
        };
    }

    private static boolean isNarrow(Tensor x, Tensor out) {
        return (long) TIMES * out.columns() <= x.columns();
    }

    /** Looks at an operator of the first run. */
    void look(Op op, Tensor out) {
        leaveOut(out.allocation());
        if (isNarrow(op)) {
            outputs.add(out);
        }
    }

    private void leaveOut(Allocation written) {
        outputs.replaceAll(output -> output != null && output.allocation() == written ? null : output);
    }

    /** Takes them out of the scope of a first run that is over, but for what is the block's output. */
    void move(Scope from, Tensor out, Scope to) {
        leaveOut(out.allocation());
        tensors().forEach(output -> from.move(output.allocation(), to));
    }

    List<Tensor> tensors() {
        return outputs.stream().filter(Objects::nonNull).toList();
    }

    /** The output of the i-th operator that has a narrow one, or null if that isn't kept. */
    Tensor get(int i) {
        return outputs.get(i);
    }
}
