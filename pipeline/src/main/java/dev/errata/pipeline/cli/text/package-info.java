/** Commands on rows of text, tokens and logits. */
package dev.errata.pipeline.cli.text;
