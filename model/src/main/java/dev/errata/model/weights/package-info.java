/** A model's weights as its files hold them: which tensors there are, by which names, in which types, and how they are read. */
package dev.errata.model.weights;
