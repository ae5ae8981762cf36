/** Commands on model files: tensors, checkpoints, adapters. */
package dev.errata.pipeline.cli.files;
