/** YAML configs bound strictly to records: defaults, overrides, and errors that name the key and the file. */
package dev.errata.train.config;
