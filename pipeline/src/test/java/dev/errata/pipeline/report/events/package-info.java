/** Tests of the event files. */
package dev.errata.pipeline.report.events;
