/** Rows in and out: strict JSONL with file and line in every complaint, and problems read from data sets. */
package dev.errata.pipeline.data;
