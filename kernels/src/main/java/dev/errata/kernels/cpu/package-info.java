/** The backend for this machine's CPU: Vector API kernels on threads of its own. */
package dev.errata.kernels.cpu;
