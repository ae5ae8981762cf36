/** quant. */
package dev.errata.quant;
