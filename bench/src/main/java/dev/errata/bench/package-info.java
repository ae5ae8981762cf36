/** bench. */
package dev.errata.bench;
