package dev.errata.kernels.sim.check;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * What flows between the blocks of a launch. Blocks start in any order, so one must not use what another writes, unless
 * both meet at an atomic: the writer fences, then changes it; the reader sees that.
 *
 * <p>Every use of global memory is stamped. A block takes a stamp when it starts and a further one at each fence, so a
 * stamp says which block, and before which fence. Stamps of earlier launches are below {@link #first}. A negative stamp
 * is an atomic's.
 */
public final class BlockFlow {
    private int first = 2;
    private int next = 2;
    private int[] owners = new int[1024];
    private final Map<Long, Map<Integer, Integer>> published = new HashMap<>();

    /** What happened before is visible to all that comes. */
    public void beginLaunch() {
        first = next + 1;
        next = first;
        published.clear();
    }

    /** A block begins. */
    public Visitor visitor(int block) {
        return new Visitor(block);
    }

    /** Several blocks read; {@link #owners} knows none of that stamp. */
    private int several() {
        return first;
    }

    private int owner(int ofStamp) {
        return owners[ofStamp - first];
    }

    /** One block, as it goes through memory. */
    public final class Visitor {
        private final int block;
        private final Map<Integer, Integer> seen = new HashMap<>();
        private int stamp;
        private int fenced;

        private Visitor(int block) {
            this.block = block;
            takeStamp();
        }

        private void takeStamp() {
            stamp = ++next;
            int i = stamp - first;
            if (i >= owners.length) {
                owners = Arrays.copyOf(owners, 2 * owners.length);
            }
            owners[i] = block;
        }

        /** What the block wrote so far may be published. */
        public void fence() {
            fenced = stamp;
            takeStamp();
        }

        /**
         * An atomic or another strong access at an address: publishes what is fenced, and sees what others published
         * there.
         */
        public void meet(long address) {
            Map<Integer, Integer> here = published.computeIfAbsent(address, _ -> new HashMap<>());
            here.forEach((owner, upTo) -> seen.merge(owner, upTo, Math::max));
            seen.forEach((owner, upTo) -> here.merge(owner, upTo, Math::max));
            if (fenced != 0) {
                here.merge(block, fenced, Math::max);
            }
        }

        /** The blocks of a cluster meet at its barrier, which orders what they did. */
        public void meet(Visitor other) {
            fence();
            other.seen.merge(block, fenced, Math::max);
        }

        /**
         * @return the block that wrote what is read without a meeting, or -1
         */
        public int read(int[] writers, int[] readers, int granule) {
            int reader = readers[granule];
            readers[granule] = reader >= first && (reader == several() || owner(reader) != block) ? several() : stamp;
            return unordered(Math.abs(writers[granule]));
        }

        /**
         * @return the block that wrote or read what is overwritten without a meeting, or -1
         */
        public int write(int[] writers, int[] readers, int granule) {
            int writer = unordered(Math.abs(writers[granule]));
            writers[granule] = stamp;
            int reader = readers[granule];
            if (writer >= 0) {
                return writer;
            }
            return reader == several() ? (block == 0 ? 1 : 0) : unordered(reader);
        }

        /**
         * @return the block whose ordinary store meets this atomic, or -1
         */
        public int atomic(int[] writers, int granule) {
            int writer = writers[granule];
            writers[granule] = -stamp;
            return writer > 0 ? unordered(writer) : -1;
        }

        private int unordered(int other) {
            if (other <= first) {
                return -1;
            }
            int by = owner(other);
            return by == block || seen.getOrDefault(by, 0) >= other ? -1 : by;
        }
    }
}
