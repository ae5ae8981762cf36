package dev.errata.pipeline.demo;

/** A building block of problems that is drawn more or less often, depending on the mix. */
interface Weighted {
    /** Relative frequency among its siblings; 0: never. */
    int weight(Mix mix);
}
