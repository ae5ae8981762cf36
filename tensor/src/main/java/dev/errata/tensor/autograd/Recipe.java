package dev.errata.tensor.autograd;

import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import java.util.List;
import java.util.stream.Stream;

/**
 * A cheap operator that can be run again for what it wrote, instead of keeping that from forward to backward. It costs a
 * pass over its tensors, where a product costs hundreds.
 *
 * @param reads what must be there when it is run again
 * @param alsoWrites small outputs beside the one that is wanted; they must be there too
 */
record Recipe(Op op, List<Tensor> reads, List<Tensor> alsoWrites) {
    /** An operator's recipe; null where it is kept instead. */
    static Recipe of(Op op) {
        return switch (op) {
            case Op.Dropout o -> new Recipe(o, List.of(o.x()), List.of());
            case Op.RmsNorm o -> new Recipe(o, List.of(o.x(), o.weight()), List.of(o.rstd()));
            case Op.GatedActivation o -> new Recipe(o, List.of(o.gate(), o.up()), List.of());
            case Op.Copy o -> new Recipe(o, List.of(o.x()), List.of());
            default -> null;
        };
    }

    /** All that must be there. */
    List<Tensor> sources() {
        return Stream.concat(reads.stream(), alsoWrites.stream()).toList();
    }

    @Override
    public String toString() {
        return op.getClass().getSimpleName() + " of "
                + String.join(", ", reads.stream().map(Tensor::name).toList());
    }
}
