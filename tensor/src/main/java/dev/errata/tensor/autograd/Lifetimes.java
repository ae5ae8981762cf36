package dev.errata.tensor.autograd;

import dev.errata.tensor.Allocation;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * How long the memory of a recorded forward pass is needed. What no gradient rule reads ends when the forward pass is
 * through with it; the rest when the last rule that reads it is done. What a {@link Recipe} makes again ends with the
 * forward pass too, and lives once more from the first rule that reads it to the last. Counted by allocation, so tensors
 * that share memory end together.
 */
final class Lifetimes {
    private final IdentityHashMap<Allocation, Use> uses = new IdentityHashMap<>();

    private static final class Use {
        /** Rules yet to run that read it, and recipes yet to be run that do. */
        private int readers;
        /** How often it was written to. */
        private int writes;
        /** The forward pass is through with it. */
        private boolean passed;
        /** What wrote it, if that was one cheap operator; chosen is whether it isn't kept for that reason. */
        private Recipe recipe;

        private List<Integer> sourceWrites = List.of();
        private boolean chosen;
    }

    private Use use(Allocation allocation) {
        return uses.computeIfAbsent(allocation, a -> new Use());
    }

    /** An operator wrote to a tensor: its first writer may make it again, until another writes to it or to what it read. */
    void wrote(Op op, Tensor out) {
        Use use = use(out.allocation());
        use.writes++;
        use.recipe = use.writes == 1 && out.bytes() == out.allocation().bytes() ? Recipe.of(op) : null;
        if (use.recipe != null) {
            use.sourceWrites = writes(use.recipe);
        }
    }

    private List<Integer> writes(Recipe recipe) {
        return recipe.reads().stream()
                .map(source -> use(source.allocation()).writes)
                .toList();
    }

    /** A rule that is yet to run will read these. */
    void read(List<Tensor> saved) {
        saved.forEach(tensor -> use(tensor.allocation()).readers++);
    }

    /** Whether a rule that is yet to run reads it. */
    boolean isRead(Allocation allocation) {
        return use(allocation).readers > 0;
    }

    /**
     * The forward pass is through with what lies in a scope, but for one tensor: what is read later moves to another scope,
     * the rest is freed.
     */
    void leave(Scope inner, Tensor out, Scope outer) {
        List<Allocation> all = inner.allocations();
        for (Allocation allocation : all.reversed()) {
            Use use = use(allocation);
            if (allocation != out.allocation() && use.readers > 0 && isMadeAgain(use, inner)) {
                use.chosen = true;
                read(use.recipe.sources());
            }
        }
        for (Allocation allocation : all) {
            if (allocation == out.allocation()) {
                inner.move(allocation, outer);
            } else if (use(allocation).readers > 0) {
                inner.move(allocation, outer);
                pass(allocation);
            } else {
                uses.remove(allocation);
                inner.free(allocation);
            }
        }
    }

    /** Whether a recipe saves memory: all that it reads is kept for another reason, or made again in turn. */
    private boolean isMadeAgain(Use use, Scope inner) {
        return use.recipe != null
                && writes(use.recipe).equals(use.sourceWrites)
                && use.recipe.reads().stream().allMatch(source -> {
                    Use of = use(source.allocation());
                    return source.allocation().owner() != inner || of.readers > 0 || isMadeAgain(of, inner);
                });
    }

    /** The forward pass is through with this memory. */
    void pass(Allocation allocation) {
        Use use = use(allocation);
        use.passed = true;
        if (use.readers == 0 || use.chosen) {
            allocation.owner().free(allocation);
        }
    }

    /** Makes again what a rule is about to read. */
    void require(List<Tensor> saved) {
        for (Tensor tensor : saved) {
            Use use = use(tensor.allocation());
            if (use.chosen && !tensor.allocation().isLive()) {
                require(use.recipe.sources());
                Scope owner = tensor.allocation().owner();
                owner.restore(tensor.allocation());
                owner.backend().run(use.recipe.op());
            }
        }
    }

    /** A rule that reads these is done. */
    void done(List<Tensor> saved) {
        for (Tensor tensor : saved) {
            Allocation allocation = tensor.allocation();
            Use use = use(allocation);
            if (--use.readers > 0) {
                continue;
            }
            if (use.passed && allocation.isLive()) {
                allocation.owner().free(allocation);
            }
            if (use.chosen) {
                use.chosen = false;
                done(use.recipe.sources());
            }
        }
    }

    /** How a tensor that a rule reads is there for it. */
    String describe(Tensor saved) {
        Use use = use(saved.allocation());
        return use.chosen ? saved + " again by " + use.recipe : saved.toString();
    }
}
