/** The seeded generator of the embedded word problems, and the split that keeps their uses apart. */
package dev.errata.pipeline.problem;
