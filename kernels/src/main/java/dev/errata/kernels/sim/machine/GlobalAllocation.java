package dev.errata.kernels.sim.machine;

/** A piece of device memory; pages that nobody used take no space. Pages lie at multiples of their size. */
final class GlobalAllocation {
    final long base;
    final long bytes;
    private final Page[] pages;

    GlobalAllocation(long base, long bytes) {
        this.base = base;
        this.bytes = bytes;
        pages = new Page[Math.toIntExact(number(base + bytes - 1) - number(base) + 1)];
    }

    private static long number(long address) {
        return address / Page.BYTES;
    }

    boolean holds(long address, long count) {
        return address >= base && address - base <= bytes - count;
    }

    /** The page with an address, or null while nobody used it. */
    Page pageOrNull(long address) {
        return pages[(int) (number(address) - number(base))];
    }

    Page page(long address) {
        int i = (int) (number(address) - number(base));
        if (pages[i] == null) {
            pages[i] = new Page();
        }
        return pages[i];
    }
}
