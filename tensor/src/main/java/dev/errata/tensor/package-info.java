/** Tensors in scopes, operators as records, gradients on a tape, and the door to the backends. */
package dev.errata.tensor;
