package dev.errata.pipeline.engine;

import dev.errata.train.Progress;
import dev.errata.train.StopSignal;
import java.util.function.Supplier;

/**
 * What a run works with; changes none of its records.
 *
 * @param engine makes the engine when it is first needed
 */
public record Surroundings(Supplier<Engine> engine, Hardware hardware, Progress progress, StopSignal stop) {}
