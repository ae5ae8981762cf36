package dev.errata.model.generate;

/**
 * What was written after one prompt.
 *
 * @param ids the new tokens, the stopping one included
 */
public record Generated(int[] ids, Finish finish) {}
