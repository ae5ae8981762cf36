/** train. */
package dev.errata.train;
