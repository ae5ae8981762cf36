/** From logits to the next token: the processors of transformers' generate(), in its order. */
package dev.errata.tensor.sampling;
