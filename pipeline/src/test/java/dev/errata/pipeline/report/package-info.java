/** Tests of the run's report. */
package dev.errata.pipeline.report;
