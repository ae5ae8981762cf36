/** What happens inside training steps, for those who look on. */
package dev.errata.train.trace;
