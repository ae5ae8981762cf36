/** The corrector that asks an OpenAI-compatible endpoint: tries, waits, limits, and the cache of what was paid for. */
package dev.errata.pipeline.correct.openai;
