/** Forward operators that can be recorded, the tape that records them, and the gradient rule of each. */
package dev.errata.tensor.autograd;
