/** The loop's engine: Errata's own decoder and trainer behind the loop's interface. */
package dev.errata.pipeline.engine;
