/** JMH benchmarks of the operators of {@code bench ops}. Not in the program's jars. */
package dev.errata.bench.jmh;
