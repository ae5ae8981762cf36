/** The pages under {@code docs} that are made from the sources, and the tests that keep them true. */
package dev.errata.pipeline.docs;
