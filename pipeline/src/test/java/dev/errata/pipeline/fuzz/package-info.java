/** The parsers of foreign files as fuzz targets, and the seeds and former failures that every build runs through them. */
package dev.errata.pipeline.fuzz;
