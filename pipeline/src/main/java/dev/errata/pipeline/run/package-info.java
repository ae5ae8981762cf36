/** The loop: a run's folder, its stages, what they ask of the engine, and what a finished run says about its arms. */
package dev.errata.pipeline.run;
