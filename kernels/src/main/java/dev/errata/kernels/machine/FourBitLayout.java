package dev.errata.kernels.machine;

/**
 * How a panel of blockwise 4-bit codes lies: units of some runs, words of four steps of outputs o and o + 16, and scales, each in F32.
 *
 * @param run elements under one scale, a multiple of 16
 * @param perUnit runs of a unit
 * @param codes where a unit's codes begin
 * @param scales where its scales begin: of each run those of outputs 0–15, then 16–31
 * @param unitBytes from a unit to the next
 */
public record FourBitLayout(int run, int perUnit, int codes, int scales, int unitBytes) {}
