package dev.errata.pipeline.run;

/** What the random numbers of one text are for; nothing else may change them. */
public record RandomKey(long seed, String problemId, int sample) {}
