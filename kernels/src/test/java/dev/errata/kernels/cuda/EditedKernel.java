package dev.errata.kernels.cuda;

import dev.errata.kernels.sim.LaunchReport;
import dev.errata.kernels.sim.SimDriver;
import dev.errata.kernels.sim.check.Finding;
import dev.errata.tensor.DType;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** Kernels that ship, each with a launch that comes by its interesting places, to be run with their PTX as it is or edited. */
enum EditedKernel {
    MMA("sm_80/gemm_bf16.ptx", "gemm_bf16_nt_64x64") {
        @Override
        void launch(KernelLibrary library, Consumer<Runnable> checks) {
            ProductCase it = ProductCase.bf16(library.driver(), Gemm.Form.NT, 24, 40, 136);
            new MmaGemm(library).launch(MmaGemm.Tile.SMALL, it.gemm(), 0);
            checks.accept(it::assertCorrect);
        }
    },

    FEW_ROWS("sm_80/gemm_bf16_few_rows.ptx", "gemm_bf16_few_rows_8") {
        @Override
        void launch(KernelLibrary library, Consumer<Runnable> checks) {
            ProductCase it = ProductCase.bf16(library.driver(), Gemm.Form.NT, 5, 24, 136);
            new FewRowsGemm(library).launch(it.gemm(), 0);
            checks.accept(it::assertCorrect);
        }
    },

    WGMMA("sm_90a/gemm_wgmma.ptx", "gemm_wgmma_nt_128x128") {
        @Override
        void launch(KernelLibrary library, Consumer<Runnable> checks) {
            ProductCase it = ProductCase.bf16(library.driver(), Gemm.Form.NT, 72, 72, 456);
            new WgmmaGemm(library, 2).launch(WgmmaGemm.Tile.NARROW, it.toBf16().gemm(), 0);
            checks.accept(it::assertCorrect);
        }
    },

    NORM("sm_80/norm.ptx", "rms_norm_f32_block") {
        @Override
        void launch(KernelLibrary library, Consumer<Runnable> checks) {
            int columns = 1030;
            CudaDriver driver = library.driver();
            long x = ones(driver, 2 * columns);
            long out = driver.allocate(2L * columns * Float.BYTES);
            long rstd = driver.allocate(2L * Float.BYTES);
            new NormKernels(library).forward(Precision.F32, x, ones(driver, columns), 0, 0, out, rstd, 2, columns, 0);
        }
    },

    FOUR_BIT("sm_80/nf4_multiply.ptx", "multiply_4bit_bf16_8") {
        @Override
        void launch(KernelLibrary library, Consumer<Runnable> checks) {
            CudaDriver driver = library.driver();
            int columns = 160;
            int outputs = 20;
            FourBitAddresses weight = new FourBitAddresses(
                    filled(driver, outputs * columns / 2),
                    ones(driver, 16),
                    ones(driver, outputs * columns / 32),
                    0,
                    0,
                    0,
                    32,
                    DType.BF16);
            long x = filled(driver, 3 * columns * Short.BYTES);
            long y = driver.allocate(3L * outputs * Short.BYTES);
            new FourBitProducts(library)
                    .launch(new FourBitProduct(weight, x, DType.BF16, y, false, 3, outputs, columns), 0, 0);
        }
    };

    private final String file;
    private final String entry;

    EditedKernel(String file, String entry) {
        this.file = file;
        this.entry = entry;
    }

    /** Launches on a fresh device and hands over what looks at the result. */
    abstract void launch(KernelLibrary library, Consumer<Runnable> checks);

    /**
     * @param isRight whether the result, where it is looked at, is that of plain arithmetic
     */
    record Outcome(List<Finding> findings, boolean isRight) {}

    /** The kernel's PTX, without the file's other kernels. */
    String ptx() {
        String whole = new String(KernelLibrary.ptx(file), StandardCharsets.US_ASCII);
        String mark = ".visible .entry ";
        String head = whole.substring(0, whole.indexOf(mark));
        int from = whole.indexOf(mark + entry + "(");
        int to = whole.indexOf(mark, from + 1);
        return head + (to < 0 ? whole.substring(from) : whole.substring(from, to));
    }

    Outcome run(String ptx) {
        List<LaunchReport> reports = new ArrayList<>();
        boolean[] right = {true};
        try (SimDriver driver = new SimDriver(90, 1 << 30, 1_000_000)) {
            driver.onLaunch(reports::add);
            KernelLibrary library = new KernelLibrary(loading(driver, _ -> ptx.getBytes(StandardCharsets.US_ASCII)));
            List<Runnable> checks = new ArrayList<>();
            try {
                launch(library, checks::add);
                checks.forEach(Runnable::run);
            } catch (AssertionError e) {
                right[0] = false;
            } catch (CudaException e) {
                right[0] = false;
                if (reports.isEmpty()) {
                    throw e;
                }
            }
        }
        return new Outcome(reports.getLast().findings(), right[0]);
    }

    /** The driver, with another image in the place of what is loaded. */
    private static CudaDriver loading(CudaDriver driver, UnaryOperator<byte[]> image) {
        return (CudaDriver) Proxy.newProxyInstance(
                CudaDriver.class.getClassLoader(), new Class<?>[] {CudaDriver.class}, (_, method, arguments) -> {
                    try {
                        return method.getName().equals("load")
                                ? driver.load((String) arguments[0], image.apply((byte[]) arguments[1]))
                                : method.invoke(driver, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private static long ones(CudaDriver driver, int count) {
        float[] values = new float[count];
        java.util.Arrays.fill(values, 1);
        long address = driver.allocate((long) count * Float.BYTES);
        driver.upload(java.lang.foreign.MemorySegment.ofArray(values), address, 0);
        return address;
    }

    private static long filled(CudaDriver driver, int bytes) {
        long address = driver.allocate(bytes);
        driver.fill(address, (byte) 0x3c, bytes, 0);
        return address;
    }
}
