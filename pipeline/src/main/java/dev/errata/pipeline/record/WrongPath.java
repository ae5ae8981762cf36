package dev.errata.pipeline.record;

/** A path with a wrong answer, and its problem. */
public record WrongPath(Problem problem, ReasoningPath path) {}
