/** The loop's config: every key of {@code run CONFIG.yaml}. */
package dev.errata.pipeline.config;
