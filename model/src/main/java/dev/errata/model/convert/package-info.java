/** Models and adapters from one file format to another. */
package dev.errata.model.convert;
