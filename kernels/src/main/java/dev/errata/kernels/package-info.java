/** kernels. */
package dev.errata.kernels;
