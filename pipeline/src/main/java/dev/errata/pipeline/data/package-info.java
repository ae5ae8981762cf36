/** Rows in and out: strict JSONL, gzipped or not, with file and line in every complaint. */
package dev.errata.pipeline.data;
