package dev.errata.pipeline.report;

import java.util.Set;

/**
 * One problem in a browser.
 *
 * @param title its line in the list
 * @param tags the filters it answers to
 */
record Entry(String title, Set<String> tags, Html body) {}
