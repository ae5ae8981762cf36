/** Tests of the problem generator and the embedded tokenizer. */
package dev.errata.pipeline.demo;
