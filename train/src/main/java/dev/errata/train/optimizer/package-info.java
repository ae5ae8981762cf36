/** What changes the trained values once a step: rates, clipping, the optimizers and their state, paged or not. */
package dev.errata.train.optimizer;
