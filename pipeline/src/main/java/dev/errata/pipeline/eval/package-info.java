/** {@code eval TASK}: a model on a task's problems, with one or several samples of each, outside of any run. */
package dev.errata.pipeline.eval;
