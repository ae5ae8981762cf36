package dev.errata.kernels.cuda;

import java.lang.foreign.MemorySegment;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;

/** Plain addresses in the shapes that JCuda takes and gives; its own classes hide them from all but subclasses. */
final class Addresses {
    private static final CUdeviceptr ZERO = new CUdeviceptr();

    private Addresses() {}

    static CUdeviceptr device(long address) {
        return new Device(address);
    }

    static Pointer host(MemorySegment memory) {
        return new Host(memory.address());
    }

    /** A device address that CUDA fills in. */
    static final class Device extends CUdeviceptr {
        Device() {}

        Device(long address) {
            super(ZERO, address);
        }

        long address() {
            return getNativePointer() + getByteOffset();
        }
    }

    /** A host address, given or filled in by CUDA. */
    static final class Host extends Pointer {
        Host() {}

        Host(long address) {
            super(address);
        }

        long address() {
            return getNativePointer();
        }
    }
}
