/** pipeline. */
package dev.errata.pipeline;
