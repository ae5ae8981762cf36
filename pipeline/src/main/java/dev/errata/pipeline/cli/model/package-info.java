/** Commands that run a model: scores, gradients, text. */
package dev.errata.pipeline.cli.model;
