/** The device that computes nothing: shapes and bytes only, for planning memory. */
package dev.errata.tensor.meta;
