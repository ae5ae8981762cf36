/** What a GPU gives: its ceilings, and each kernel's time beside them. */
package dev.errata.bench.gpu;
