/** From rows of a file to tokens and labels, and in which order they are trained on. */
package dev.errata.train.data;
