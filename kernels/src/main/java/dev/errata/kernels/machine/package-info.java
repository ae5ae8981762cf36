/**
 * Machine code of our own for x86-64 Linux: an assembler for the few instructions that kernels use beyond the Vector API's, memory that
 * holds what it made, and the call.
 */
package dev.errata.kernels.machine;
