/** Any kernel of any PTX file, run by itself on arguments that are given as texts. */
package dev.errata.kernels.sim.run;
