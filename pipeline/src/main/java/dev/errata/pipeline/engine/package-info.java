/** What the loop asks of an engine, texts and trainings, and Errata's own engine behind it. */
package dev.errata.pipeline.engine;
