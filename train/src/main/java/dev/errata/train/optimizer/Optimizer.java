package dev.errata.train.optimizer;

import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.train.config.OptimizerConfig;

/**
 * How trained values follow their gradients: what state it keeps of them, and the operator that changes both. What all
 * optimizers share lies elsewhere: clipping ({@link Descent}), rates ({@link LearningRate}), paging ({@link StateStore}).
 */
public interface Optimizer {
    /** The one of this name. */
    static Optimizer of(OptimizerConfig config) {
        return switch (config.name()) {
            case "adamw" -> new AdamW(config);
            case "adamw8bit" -> new AdamW8bit(config);
            case "lion" -> new Lion(config);
            default -> throw new IllegalArgumentException("optimizer " + config.name());
        };
    }

    /** How the state of a tensor with so many elements is stored. */
    StateFormat format(long elements);

    /**
     * Its steps on a backend.
     *
     * @param scope holds what they need beside the state
     */
    Rule in(Scope scope);

    /** Steps of an optimizer. */
    @FunctionalInterface
    interface Rule {
        /** The operator that changes values and state of a piece. */
        Op update(StatePiece piece, UpdateStep step);
    }
}
