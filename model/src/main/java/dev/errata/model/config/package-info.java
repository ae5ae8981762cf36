/** What a checkpoint says of its shape: Hugging Face's config.json and the keys of a GGUF file, in one record. */
package dev.errata.model.config;
