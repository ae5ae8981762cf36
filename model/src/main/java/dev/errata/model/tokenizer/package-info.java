/** Text to token ids and back: tokenizer.json, SentencePiece models, and the vocabulary inside a GGUF file. */
package dev.errata.model.tokenizer;
