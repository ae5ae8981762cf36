package dev.errata.pipeline.report;

/**
 * One row of a bar chart of counts.
 *
 * @param of what it is a share of, for the text after the bar; 0 for no share
 */
record StageProgress(String name, long count, long of) {}
