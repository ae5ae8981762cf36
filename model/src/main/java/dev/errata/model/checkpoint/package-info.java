/** Whole models as files: quantized, widened, merged, converted or fresh ones, written a tensor at a time. */
package dev.errata.model.checkpoint;
