/** The rows that the stages read and write, one JSON object a line, with snake_case keys. */
package dev.errata.pipeline.record;
