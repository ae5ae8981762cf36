package dev.errata.pipeline.filter;

import dev.errata.pipeline.record.Correction;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.ReasoningPath;

/** A correction that may be trained on, with the wrong path that it corrects. */
public record KeptCorrection(Problem problem, ReasoningPath wrong, Correction correction) {}
