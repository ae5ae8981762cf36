/** Corrections of wrong solutions: the answer key, the verdict on a correction, and the rows that training gets. */
package dev.errata.pipeline.correct;
