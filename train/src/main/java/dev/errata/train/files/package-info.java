/** Files that appear whole or not at all, and what to say when one cannot be written. */
package dev.errata.train.files;
