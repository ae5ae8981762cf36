package dev.errata.tensor.sampling;

/**
 * Sums over a vocabulary that have the same bits in every order, so that backends may split them among threads and lanes.
 * What is added up is first rounded to a grid so coarse that no sum of up to 2²⁰ numbers from 0 to 1 needs more than the 53
 * bits of a double; then every addition is exact. Adding a constant and taking it away again rounds to its grid.
 *
 * <p>A number is two parts, of 2⁻³³ and of 2⁻⁶⁷, which lose nothing that a double would show at the end. Probabilities that
 * only decide at which token a sum passes a bound are rounded once, to {@linkplain #mass multiples of 2⁻⁵²}.
 */
public final class ExactSum {
    /** Rounds numbers from 0 to 1 to multiples of 2⁻³³. */
    public static final double COARSE = 0x1p19;

    /** Rounds what {@link #COARSE} leaves, at most 2⁻³⁴, to multiples of 2⁻⁶⁷. */
    public static final double FINE = 0x1.8p-15;

    /** Rounds probabilities to multiples of 2⁻⁵². */
    public static final double MASS = 1;

    private double coarse;
    private double fine;

    /** Adds a number from 0 to 1. */
    void add(double x) {
        double rounded = (x + COARSE) - COARSE;
        coarse += rounded;
        fine += ((x - rounded) + FINE) - FINE;
    }

    double value() {
        return coarse + fine;
    }

    /** A probability as it is added up where tokens are dropped or picked: below 2⁻⁵³ it is nothing. */
    public static double mass(double probability) {
        return (probability + MASS) - MASS;
    }
}
