/** Tests of {@code eval TASK}. */
package dev.errata.pipeline.eval;
