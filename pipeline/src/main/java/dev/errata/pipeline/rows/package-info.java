/** Rows to train on, of every kind that is read: from JSON to tokens, with what was recognised. */
package dev.errata.pipeline.rows;
