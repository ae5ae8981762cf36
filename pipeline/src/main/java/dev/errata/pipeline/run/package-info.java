/** The loop: a run's folder, its stages, and what a finished run says about its arms. */
package dev.errata.pipeline.run;
