/** The configs of {@code train} as records; {@link dev.errata.train.binding} binds them. */
package dev.errata.train.config;
