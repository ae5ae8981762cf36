/** {@code bench model}: how fast a model reads prompts and writes. */
package dev.errata.bench.model;
