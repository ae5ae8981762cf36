/** The demo's world: its word problems from a seed, its tokenizer, and what its model is pretrained on. */
package dev.errata.pipeline.demo;
