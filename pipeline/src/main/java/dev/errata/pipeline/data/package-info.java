/** Problems read from data sets, and whether training and held-out ones overlap. */
package dev.errata.pipeline.data;
