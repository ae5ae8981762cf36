/** {@code errata chat}: a conversation in the terminal. */
package dev.errata.pipeline.cli.chat;
