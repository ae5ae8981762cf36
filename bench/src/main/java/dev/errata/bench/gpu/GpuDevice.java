package dev.errata.bench.gpu;

import dev.errata.kernels.cuda.CudaBackend;
import dev.errata.kernels.cuda.CudaBackendProvider;
import dev.errata.kernels.cuda.CudaDriver;
import dev.errata.kernels.cuda.NativeDriver;
import dev.errata.kernels.sim.SimDriver;
import dev.errata.tensor.BadInputException;

/** The device that a GPU command works on: the first NVIDIA device, or the simulator at tiny sizes. */
public enum GpuDevice {
    CUDA {
        @Override
        public CudaDriver open() {
            return new NativeDriver();
        }
    },
    SIM {
        @Override
        public CudaDriver open() {
            return new SimDriver();
        }
    };

    /**
     * The device that {@code --device} names, cuda where it names none.
     *
     * @throws BadInputException if it is another, or there is no such device here
     */
    public static GpuDevice of(String option) {
        String name = option == null ? "cuda" : option;
        return switch (name) {
            case "cuda" -> {
                new CudaBackendProvider().refusal().ifPresent(reason -> {
                    throw new BadInputException("device can't run here", "--device cuda", reason);
                });
                yield CUDA;
            }
            case "sim" -> SIM;
            default ->
                throw new BadInputException(
                        "this command is for a GPU", "--device " + name, "use cuda, or sim to try it without a GPU");
        };
    }

    /** A driver of its own, to be closed. */
    public abstract CudaDriver open();

    /** A backend on an open driver, which it closes. */
    public CudaBackend backend(CudaDriver driver) {
        return new CudaBackend(
                optionName(), driver, this == SIM ? CudaBackend.NO_SLABS : CudaBackendProvider.SLAB_BYTES);
    }

    /** As in {@code --device}. */
    public String optionName() {
        return this == SIM ? "sim" : "cuda";
    }
}
