/** The run's report: one self-contained HTML page with inline charts and a browser of problems. */
package dev.errata.pipeline.report;
