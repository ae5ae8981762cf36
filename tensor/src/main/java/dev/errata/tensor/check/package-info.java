/** The table of operators: what every backend is checked with, in the tests and on a user's own device. */
package dev.errata.tensor.check;
