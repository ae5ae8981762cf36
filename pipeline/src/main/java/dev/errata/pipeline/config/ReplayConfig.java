package dev.errata.pipeline.config;

import dev.errata.train.binding.Required;
import java.nio.file.Path;

/**
 * A file of corrections made elsewhere, by {@code problem_id} and {@code sample}.
 *
 * @param file rows with {@code problem_id}, {@code sample}, and a {@code text} or the fields of a record of {@code correct}
 */
public record ReplayConfig(@Required Path file) {}
