/** The command line: one class a command, found by {@code ServiceLoader}. */
package dev.errata.pipeline.cli;
