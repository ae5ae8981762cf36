/** Human judgement of corrections, as in the paper's check of its corrector: a local page, the ratings, their shares. */
package dev.errata.pipeline.review;
