package dev.errata.pipeline.serve;

/**
 * What a completion goes on from.
 *
 * @param ids its tokens, at least one
 * @param text as the request gave it, or as its tokens read
 */
record PromptText(int[] ids, String text) {}
