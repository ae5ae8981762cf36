/** PTX that ships: assembled without a driver, and the manifest of what it was made from. */
package dev.errata.kernels.cuda.ptx;
