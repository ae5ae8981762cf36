/** A run while it is at work: its progress, its losses and its last records, on a local page that reads the run's folder alone. */
package dev.errata.pipeline.watch;
