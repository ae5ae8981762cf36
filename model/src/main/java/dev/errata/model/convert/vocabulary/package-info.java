/** Tokenizers and chat templates as the files and keys of another format than the one they were read from. */
package dev.errata.model.convert.vocabulary;
