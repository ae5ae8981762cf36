package dev.errata.train.optimizer;

/**
 * What the updates of one step have in common.
 *
 * @param number from 1
 * @param rate the learning rate
 * @param gradScale what gradients are multiplied by, for clipping
 */
public record UpdateStep(int number, double rate, float gradScale) {}
