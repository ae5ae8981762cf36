/** From corrections to training rows: which corrections are kept, and what each arm is trained on. */
package dev.errata.pipeline.filter;
