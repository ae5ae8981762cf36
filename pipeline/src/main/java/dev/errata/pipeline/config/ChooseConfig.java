package dev.errata.pipeline.config;

import dev.errata.train.binding.Default;
import dev.errata.train.binding.Range;
import java.nio.file.Path;

/**
 * The choice among an arm's checkpoints: the one that is right on most of some problems that are neither trained on nor
 * held out; of equals the earliest. They are answered as {@code eval} says.
 *
 * @param problems how many problems choose
 * @param from their file; absent: the problems of {@code problems} that follow those taken
 */
public record ChooseConfig(@Default("100") @Range(min = 1) int problems, Path from) {}
