package dev.errata.tensor.autograd;

import dev.errata.tensor.Tensor;

/** A part of a model from one tensor to another of its own; run again, it does the same. */
@FunctionalInterface
public interface Block {
    Tensor apply(Ops ops, Tensor x);
}
