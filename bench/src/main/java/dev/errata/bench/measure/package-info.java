/** What the benchmarks share: medians with their spread, the machine's name, tables. */
package dev.errata.bench.measure;
