/** Checkpoint files: safetensors and GGUF read by memory mapping, written under their final name only when whole. */
package dev.errata.model.file;
