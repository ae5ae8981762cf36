package dev.errata.kernels.cuda;

/**
 * Which elements dropout keeps: word {@code i mod 4} of block {@code i / 4} of a Philox stream decides on element i.
 *
 * @param p the share that is dropped, in [0, 1)
 */
public record DropoutMask(float p, long seed, long stream) {
    /** The least upper 24 bits of a word that keep an element. */
    int least() {
        return (int) Math.ceil(p * 0x1p24);
    }

    /** What an element that is kept is multiplied by. */
    float scale() {
        return 1 / (1 - p);
    }
}
