/** The loop: a run's folder, its stages, and what they ask of the engine. */
package dev.errata.pipeline.run;
