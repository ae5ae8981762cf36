package dev.errata.tensor;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which addresses of some slabs are whose: bookkeeping alone, for host memory, a device's, and the meta device's that is
 * none. The smallest free block that is large enough is cut, the lowest of equals; a freed block joins its free neighbours
 * in the slab. So sizes that change from step to step don't each keep memory of their own, and the same calls give the
 * same addresses within slabs. Not for several threads at once.
 */
public final class BlockAllocator {
    private final MemoryRules rules;
    private final Slabs source;
    private final Map<Long, Slab> slabs = new LinkedHashMap<>();
    private final TreeMap<Long, Block> blocks = new TreeMap<>();
    private final TreeSet<Block> free = new TreeSet<>(Comparator.comparingLong((Block b) -> b.bytes)
            .thenComparingLong(b -> b.slab.number)
            .thenComparingLong(b -> b.address));
    private long slabsTaken;
    private long liveBytes;
    private long peakBytes;
    private long reservedBytes;
    private long peakReservedBytes;

    /** Where slabs come from. */
    public interface Slabs {
        /**
         * The address of so many new bytes, or {@link #NONE} where there are no more. Where {@link MemoryRules#grows},
         * those after the bytes that were taken last.
         */
        long take(long bytes);

        /** Takes a whole slab back, or the end of the range that grows. */
        void giveBack(long address, long bytes);

        /** No address. */
        long NONE = -1;
    }

    /** Slabs are numbered as they come, since a system gives their addresses in any order. */
    private record Slab(long number, long address, long bytes) {
        /** Stands for the one range that grows. */
        static final Slab RANGE = new Slab(-1, -1, 0);
    }

    /** A part of a slab; blocks of one slab lie next to each other without a gap. {@code name} is null while it is free. */
    private static final class Block {
        private final Slab slab;
        private final long address;
        private long bytes;
        private String name;

        Block(Slab slab, long address, long bytes) {
            this.slab = slab;
            this.address = address;
            this.bytes = bytes;
        }
    }

    public BlockAllocator(MemoryRules rules, Slabs source) {
        this.rules = rules;
        this.source = source;
    }

    public MemoryRules rules() {
        return rules;
    }

    /**
     * The address of a block that holds so many bytes.
     *
     * @param what it is for, not null
     * @return or {@link Slabs#NONE} if the source has no more, even after unused slabs went back to it
     */
    public long allocate(String what, long bytes) {
        long size = rules.rounded(bytes);
        Block block = rules.isSingle() ? null : free.ceiling(new Block(Slab.RANGE, -1, size));
        if (block == null) {
            block = fresh(size);
            if (block == null) {
                return Slabs.NONE;
            }
        }
        free.remove(block);
        if (block.bytes > size) {
            add(new Block(block.slab, block.address + size, block.bytes - size));
            block.bytes = size;
        }
        block.name = what;
        liveBytes += size;
        peakBytes = Math.max(peakBytes, liveBytes);
        return block.address;
    }

    private void add(Block rest) {
        blocks.put(rest.address, rest);
        free.add(rest);
    }

    /** A free block of this size at least, of new memory; null where the system has no more. */
    private Block fresh(long size) {
        return rules.grows() ? grown(size) : slab(size);
    }

    /** The range's last block, made as large as it takes. */
    private Block grown(long size) {
        Block last = blocks.isEmpty() ? null : blocks.lastEntry().getValue();
        boolean joins = last != null && last.name == null;
        long lacking = rules.slab(joins ? size - last.bytes : size, reservedBytes);
        long address = source.take(lacking);
        if (address == Slabs.NONE) {
            return null;
        }
        take(lacking);
        if (joins) {
            free.remove(last);
            last.bytes += lacking;
            free.add(last);
            return last;
        }
        Block block = new Block(Slab.RANGE, address, lacking);
        add(block);
        return block;
    }

    /** A slab as one free block; where a whole one is too much, unused ones go back and only the size itself is taken. */
    private Block slab(long size) {
        long wanted = rules.slab(size, reservedBytes);
        long address = source.take(wanted);
        if (address == Slabs.NONE) {
            trim();
            wanted = size;
            address = source.take(wanted);
        }
        if (address == Slabs.NONE) {
            return null;
        }
        Slab slab = new Slab(slabsTaken++, address, wanted);
        slabs.put(address, slab);
        take(wanted);
        Block block = new Block(slab, address, wanted);
        add(block);
        return block;
    }

    private void take(long bytes) {
        reservedBytes += bytes;
        peakReservedBytes = Math.max(peakReservedBytes, reservedBytes);
    }

    /**
     * Frees the block that begins at an address.
     *
     * @return whether there is such a block; another address, as of a part of a block, is left alone
     */
    public boolean free(long address) {
        Block block = blocks.get(address);
        if (block == null || block.name == null) {
            return false;
        }
        liveBytes -= block.bytes;
        block.name = null;
        if (rules.isSingle()) {
            release(block);
            return true;
        }
        var after = blocks.higherEntry(address);
        if (after != null && isFreeIn(block.slab, after.getValue())) {
            join(block, after.getValue());
        }
        var before = blocks.lowerEntry(address);
        if (before != null && isFreeIn(block.slab, before.getValue())) {
            free.remove(before.getValue());
            join(before.getValue(), block);
            block = before.getValue();
        }
        free.add(block);
        return true;
    }

    private static boolean isFreeIn(Slab slab, Block block) {
        return block.name == null && block.slab.number == slab.number;
    }

    private void join(Block first, Block second) {
        free.remove(second);
        blocks.remove(second.address);
        first.bytes += second.bytes;
    }

    /** Gives slabs back of which nothing is in use, or what is free at the end of the range. */
    public void trim() {
        for (Block block : free.toArray(Block[]::new)) {
            boolean last = rules.grows() && block == blocks.lastEntry().getValue();
            if (last || block.bytes == block.slab.bytes) {
                release(block);
            }
        }
    }

    private void release(Block block) {
        long from = rules.grows() ? (block.address + rules.slab() - 1) / rules.slab() * rules.slab() : block.address;
        long bytes = block.address + block.bytes - from;
        if (bytes <= 0) {
            return;
        }
        free.remove(block);
        block.bytes -= bytes;
        if (block.bytes == 0) {
            blocks.remove(block.address);
        } else {
            free.add(block);
        }
        slabs.remove(block.slab.address);
        reservedBytes -= bytes;
        source.giveBack(from, bytes);
    }

    /** Gives all memory back, whatever is in use. */
    public void close() {
        slabs.values().forEach(slab -> source.giveBack(slab.address, slab.bytes));
        if (rules.grows() && !blocks.isEmpty()) {
            source.giveBack(blocks.firstKey(), reservedBytes);
        }
        slabs.clear();
        blocks.clear();
        free.clear();
        liveBytes = 0;
        reservedBytes = 0;
    }

    public long liveBytes() {
        return liveBytes;
    }

    public long peakBytes() {
        return peakBytes;
    }

    public long reservedBytes() {
        return reservedBytes;
    }

    public long peakReservedBytes() {
        return peakReservedBytes;
    }

    public void resetPeak() {
        peakBytes = liveBytes;
        peakReservedBytes = reservedBytes;
    }

    /** What is live, added up by name, the largest first. */
    public List<MemoryHolder> holders() {
        Map<String, MemoryHolder> byName = new HashMap<>();
        for (Block block : blocks.values()) {
            if (block.name != null) {
                byName.merge(
                        block.name,
                        new MemoryHolder(block.name, block.bytes, 1),
                        (a, b) -> new MemoryHolder(a.name(), a.bytes() + b.bytes(), a.count() + b.count()));
            }
        }
        List<MemoryHolder> holders = new ArrayList<>(byName.values());
        holders.sort(Comparator.comparingLong(MemoryHolder::bytes).reversed().thenComparing(MemoryHolder::name));
        return holders;
    }

    /** As {@code 2 x gradient (8192 bytes), logits (4096 bytes)}: what holds most, for an error. */
    public String largest(int count) {
        return String.join(
                ", ",
                holders().stream()
                        .limit(count)
                        .map(holder -> (holder.count() > 1 ? holder.count() + " x " : "") + holder.name() + " ("
                                + holder.bytes() + " bytes)")
                        .toList());
    }
}
