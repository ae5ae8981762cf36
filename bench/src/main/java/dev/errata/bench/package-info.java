/** The command {@code bench} and what it measures. */
package dev.errata.bench;
