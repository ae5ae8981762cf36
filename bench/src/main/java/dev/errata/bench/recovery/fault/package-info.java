/** A file system that fails on purpose, in a child process of {@code recovery-check}: everything else of the program stays as it is. */
package dev.errata.bench.recovery.fault;
