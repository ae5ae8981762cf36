/** What changes the trainable tensors once a step: rates, clipping, AdamW. */
package dev.errata.train.optimizer;
