/** The archive that runs where no JDK is: {@code errata bundle}. */
package dev.errata.bench.bundle;
