package dev.errata.pipeline.config;

import dev.errata.train.config.Required;
import java.nio.file.Path;

/** A file of corrections made elsewhere, by {@code problem_id} and {@code sample}. */
public record ReplayConfig(@Required Path file) {}
