/** Tests of the human judgement of corrections. */
package dev.errata.pipeline.review;
