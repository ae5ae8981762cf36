package dev.errata.pipeline.config;

import dev.errata.train.binding.Default;
import dev.errata.train.binding.OneOf;
import dev.errata.train.binding.Range;

/**
 * How training rows are made of the kept corrections.
 *
 * @param mode {@code replace}: as many rows in both arms; {@code add}: all solutions and all corrections
 * @param correctionShare the most that corrections may be of the rows with {@code replace}
 * @param corrections how many of the kept corrections are used at most, which the seed chooses; null: all
 */
public record FilterConfig(
        @Default("replace") @OneOf({"replace", "add"}) String mode,
        @Default("0.28") @Range(min = 0, max = 1) double correctionShare,
        @Range(min = 1) Integer corrections) {}
