/** Tensors, operators, gradients and the plain backend: what the rest of the engine stands on. */
package dev.errata.tensor;
