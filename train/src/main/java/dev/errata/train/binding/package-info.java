/** YAML and {@code key=value} overrides to config records, with messages that name key, file and line; and back. */
package dev.errata.train.binding;
