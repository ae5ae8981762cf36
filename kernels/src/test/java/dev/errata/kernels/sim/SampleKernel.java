package dev.errata.kernels.sim;

import dev.errata.kernels.cuda.KernelArguments;
import dev.errata.kernels.cuda.Launch;
import dev.errata.kernels.cuda.TensorMap;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/** Small kernels of these tests, each with a launch on data whose results are known; their sources lie beside their PTX. */
enum SampleKernel {
    BLOCK_SUMS {
        private static final int N = 1000;

        @Override
        Run prepare(SimDriver driver) {
            long x = upload(driver, floats(N, i -> i % 7));
            long sums = driver.allocate(4 * Float.BYTES);
            return new Run(
                    Launch.of(4, 256),
                    new KernelArguments().address(x).address(sums).i32(N),
                    () -> near(download(driver, sums, 4), 4, b -> {
                        double sum = 0;
                        for (int i = b * 256; i < Math.min(N, b * 256 + 256); i++) {
                            sum += i % 7;
                        }
                        return sum;
                    }));
        }
    },

    WHOLE_SUM {
        private static final int N = 1000;

        @Override
        Run prepare(SimDriver driver) {
            long x = upload(driver, floats(N, i -> i % 5));
            long part = driver.allocate(6 * Float.BYTES);
            long counter = driver.allocate(Integer.BYTES);
            driver.fill(counter, (byte) 0, Integer.BYTES, 0);
            long sum = driver.allocate(Float.BYTES);
            return new Run(
                    Launch.of(6, 32),
                    new KernelArguments()
                            .address(x)
                            .address(part)
                            .address(counter)
                            .address(sum)
                            .i32(N),
                    () -> near(download(driver, sum, 1), 1, _ -> 2 * N));
        }
    },

    TILE_PRODUCT {
        private static final int K = 224;

        @Override
        Run prepare(SimDriver driver) {
            float[] a = values(16 * K, 1);
            float[] b = values(8 * K, 2);
            long c = driver.allocate(2 * 128 * Float.BYTES);
            return new Run(
                    Launch.of(2, 128),
                    new KernelArguments()
                            .address(upload(driver, bf16(a)))
                            .address(upload(driver, bf16(b)))
                            .address(c)
                            .i32(K),
                    () -> near(download(driver, c, 256), 256, i -> dot(a, i % 128 / 8, b, i % 8, K)));
        }
    },

    HOPPER_PRODUCT {
        private static final int K = 320;

        @Override
        Run prepare(SimDriver driver) {
            float[] a = values(64 * K, 3);
            float[] b = values(64 * K, 4);
            long c = driver.allocate(64 * 64 * Short.BYTES);
            return new Run(
                    Launch.of(1, 128).shared(34_000),
                    new KernelArguments()
                            .tensorMap(driver.tensorMap(map(upload(driver, bf16(a)), K)))
                            .tensorMap(driver.tensorMap(map(upload(driver, bf16(b)), K)))
                            .tensorMap(driver.tensorMap(map(c, 64)))
                            .i32(K),
                    () -> {
                        short[] bits = new short[64 * 64];
                        driver.download(c, MemorySegment.ofArray(bits), 0);
                        float[] result = new float[bits.length];
                        for (int i = 0; i < bits.length; i++) {
                            result[i] = Float.intBitsToFloat(bits[i] << 16);
                        }
                        return near(result, 64 * 64, i -> dot(a, i / 64, b, i % 64, K));
                    });
        }

        private TensorMap map(long address, int columns) {
            return new TensorMap(address, 64, columns, columns * 2L, 64, 64, TensorMap.Swizzle.BYTES_128);
        }
    };

    /**
     * @param isRight whether the results on the device are those of plain arithmetic
     */
    record Run(Launch launch, KernelArguments arguments, java.util.function.BooleanSupplier isRight) {}

    interface Value {
        double at(int i);
    }

    abstract Run prepare(SimDriver driver);

    String kernel() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }

    String ptx() {
        try (InputStream in = SampleKernel.class.getResourceAsStream(kernel() + ".ptx")) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs PTX that may differ from the kernel's own. */
    Outcome run(String ptx) {
        try (SimDriver driver = new SimDriver(90, 1 << 30, 3_000_000)) {
            Run run = prepare(driver);
            long module = driver.load(kernel(), ptx.getBytes(StandardCharsets.US_ASCII));
            ByteBuffer space = run.arguments.space();
            byte[] arguments = new byte[space.remaining()];
            space.get(arguments);
            LaunchReport report = driver.run(driver.function(module, kernel()), run.launch, arguments);
            return new Outcome(report, run.isRight.getAsBoolean());
        }
    }

    record Outcome(LaunchReport report, boolean isRight) {}

    static float[] floats(int n, Value value) {
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = (float) value.at(i);
        }
        return x;
    }

    /** Between -1 and 1, exact in bf16. */
    static float[] values(int n, int seed) {
        Random random = new Random(seed);
        return floats(n, _ -> (random.nextInt(257) - 128) / 128.0);
    }

    static short[] bf16(float[] x) {
        short[] bits = new short[x.length];
        for (int i = 0; i < x.length; i++) {
            bits[i] = (short) (Float.floatToRawIntBits(x[i]) >>> 16);
        }
        return bits;
    }

    static double dot(float[] a, int row, float[] b, int column, int k) {
        double sum = 0;
        for (int i = 0; i < k; i++) {
            sum += (double) a[row * k + i] * b[column * k + i];
        }
        return sum;
    }

    static boolean near(float[] found, int n, Value wanted) {
        for (int i = 0; i < n; i++) {
            if (!(Math.abs(found[i] - wanted.at(i)) <= 0.005 * Math.max(4, Math.abs(wanted.at(i))))) {
                return false;
            }
        }
        return true;
    }

    static long upload(SimDriver driver, float[] values) {
        long address = driver.allocate((long) values.length * Float.BYTES);
        driver.upload(MemorySegment.ofArray(values), address, 0);
        return address;
    }

    static long upload(SimDriver driver, short[] values) {
        long address = driver.allocate((long) values.length * Short.BYTES);
        driver.upload(MemorySegment.ofArray(values), address, 0);
        return address;
    }

    static float[] download(SimDriver driver, long from, int n) {
        float[] values = new float[n];
        driver.download(
                from, MemorySegment.ofArray(values).asSlice(0, (long) n * ValueLayout.JAVA_FLOAT.byteSize()), 0);
        return values;
    }
}
