package dev.errata.tensor;

/** Memory of a backend that holds the elements of a tensor. Only backends look inside. */
public interface Storage {
    long bytes();

    /** A part of the same memory. */
    Storage slice(long offset, long bytes);
}
