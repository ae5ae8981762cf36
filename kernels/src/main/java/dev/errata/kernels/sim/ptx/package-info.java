/** PTX text as records, with the lines it stood on; nothing here knows what an instruction does. */
package dev.errata.kernels.sim.ptx;
