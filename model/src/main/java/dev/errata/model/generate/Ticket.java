package dev.errata.model.generate;

/** A request that an engine has taken; {@link GenerationEngine#cancel} takes it back. */
public sealed interface Ticket permits RunningRequest {}
