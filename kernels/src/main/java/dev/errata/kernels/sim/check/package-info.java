/** What the simulator finds, and the shadows of memory by which it finds it. */
package dev.errata.kernels.sim.check;
