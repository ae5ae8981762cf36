package dev.errata.pipeline.correct;

import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.ReasoningPath;

/** A path with a wrong answer, and its problem. */
public record WrongPath(Problem problem, ReasoningPath path) {}
