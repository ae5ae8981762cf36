package dev.errata.pipeline.run;

/** One prompt to continue, without the wrapping of chat templates, and the key of its random numbers. */
public record Request(String prompt, RandomKey key) {}
