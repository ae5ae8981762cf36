/** The texts that LeMa trains on and asks a corrector with: steps, prompts, completions, and the way back. */
package dev.errata.pipeline.format;
