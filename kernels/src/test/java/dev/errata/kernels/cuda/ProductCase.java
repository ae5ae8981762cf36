package dev.errata.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.tensor.Philox;
import dev.errata.tensor.Rounding;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A product of random matrices on a device, and the same in double precision beside it. Each matrix ends with its
 * allocation; the result holds NaN where nothing should be read, and marks between its rows that must stay.
 */
final class ProductCase implements AutoCloseable {
    private static final float MARK = 7.25f;
    /** Of the sum of the products' sizes: f32 sums of some thousand products are far closer. */
    private static final double SUM_TOLERANCE = 4e-6;

    private static final double BF16_TOLERANCE = 1.0 / 256;

    private record Host(float[] values, int stride) {
        double at(int row, int column) {
            return values[row * stride + column];
        }
    }

    private final CudaDriver driver;
    private final boolean bf16Factors;
    private final int padding;
    private final int offset;
    private final SplittableRandom random = new SplittableRandom(17);
    private final List<Long> addresses = new ArrayList<>();
    private Host a;
    private Host b;
    private Host a2;
    private Host b2;
    private float[] old;
    private Gemm gemm;
    private DropoutMask mask = new DropoutMask(0, 0, 0);

    private ProductCase(CudaDriver driver, boolean bf16Factors, int padding, int offset) {
        this.driver = driver;
        this.bf16Factors = bf16Factors;
        this.padding = padding;
        this.offset = offset;
    }

    static ProductCase bf16(CudaDriver driver, Gemm.Form form, int m, int n, int k) {
        return bf16(driver, form, m, n, k, 8, 0);
    }

    /**
     * @param padding elements between the rows of a matrix
     * @param offset elements from an aligned address to a matrix
     */
    static ProductCase bf16(CudaDriver driver, Gemm.Form form, int m, int n, int k, int padding, int offset) {
        return new ProductCase(driver, true, padding, offset).make(form, m, n, k);
    }

    static ProductCase f32(CudaDriver driver, Gemm.Form form, int m, int n, int k, int padding, int offset) {
        return new ProductCase(driver, false, padding, offset).make(form, m, n, k);
    }

    private ProductCase make(Gemm.Form form, int m, int n, int k) {
        Gemm shape = Gemm.of(form, m, n, k, DeviceMatrix.NONE, DeviceMatrix.NONE, DeviceMatrix.NONE);
        a = left(shape, k);
        b = right(shape, k);
        gemm = Gemm.of(form, m, n, k, upload(a, bf16Factors), upload(b, bf16Factors), DeviceMatrix.NONE);
        return this;
    }

    ProductCase plus(int depth) {
        a2 = left(gemm, depth);
        b2 = right(gemm, depth);
        gemm = gemm.plus(depth, upload(a2, bf16Factors), upload(b2, bf16Factors));
        return this;
    }

    ProductCase scaled(float alpha, float beta) {
        gemm = gemm.scaled(alpha, beta);
        return this;
    }

    /** What the product gives is dropped by this before it is added. */
    ProductCase dropped(DropoutMask by) {
        mask = by;
        return this;
    }

    ProductCase toBf16() {
        gemm = gemm.toBf16();
        return this;
    }

    /** With a result to write to; call last. */
    Gemm gemm() {
        Host c = matrix(gemm.m(), gemm.n(), !gemm.bf16Result());
        for (int i = 0; i < c.values.length; i++) {
            if (i % c.stride >= gemm.n()) {
                c.values[i] = MARK;
            } else if (gemm.beta() == 0) {
                c.values[i] = Float.NaN;
            }
        }
        old = c.values;
        DeviceMatrix result = upload(c, gemm.bf16Result());
        gemm = new Gemm(
                gemm.form(),
                gemm.m(),
                gemm.n(),
                gemm.k(),
                gemm.a(),
                gemm.b(),
                gemm.k2(),
                gemm.a2(),
                gemm.b2(),
                result,
                gemm.bf16Result(),
                gemm.alpha(),
                gemm.beta());
        return gemm;
    }

    /** The same product of some rows of A alone, into a result of its own. */
    Gemm rows(int from, int count) {
        if (!gemm.aHasRowsOfK()) {
            throw new IllegalArgumentException("rows of A aren't rows of its memory");
        }
        int bytes = bf16Factors ? Short.BYTES : Float.BYTES;
        Host c = new Host(new float[Math.max(1, count * gemm.n())], gemm.n());
        return new Gemm(
                gemm.form(),
                count,
                gemm.n(),
                gemm.k(),
                new DeviceMatrix(
                        gemm.a().address() + (long) from * gemm.a().stride() * bytes,
                        gemm.a().stride()),
                gemm.b(),
                gemm.k2(),
                new DeviceMatrix(
                        gemm.a2().address() + (long) from * gemm.a2().stride() * bytes,
                        gemm.a2().stride()),
                gemm.b2(),
                upload(c, gemm.bf16Result()),
                gemm.bf16Result(),
                gemm.alpha(),
                0);
    }

    /** Device memory that nothing was written to. */
    long workspace(long bytes) {
        long address = driver.allocate(Math.max(1, bytes));
        addresses.add(address);
        return address;
    }

    float[][] result(Gemm of) {
        int stride = of.c().stride();
        float[] all = of.m() == 0 ? new float[0] : download(of, (of.m() - 1) * stride + of.n());
        float[][] rows = new float[of.m()][of.n()];
        for (int i = 0; i < of.m(); i++) {
            System.arraycopy(all, i * stride, rows[i], 0, of.n());
        }
        return rows;
    }

    void assertCorrect() {
        float[] all = download(gemm, old.length);
        int stride = gemm.c().stride();
        double worst = 0;
        String where = "";
        for (int i = 0; i < gemm.m(); i++) {
            for (int j = 0; j < gemm.n(); j++) {
                double sum = 0;
                double size = 0;
                for (int l = 0; l < gemm.k(); l++) {
                    double product = left(a, i, l) * right(b, l, j);
                    sum += product;
                    size += Math.abs(product);
                }
                for (int l = 0; l < gemm.k2(); l++) {
                    double product = left(a2, i, l) * right(b2, l, j);
                    sum += product;
                    size += Math.abs(product);
                }
                double expected = isKept(i, j) ? gemm.alpha() * sum : 0;
                double tolerance = SUM_TOLERANCE * (Math.abs(gemm.alpha()) * size + 1e-3);
                if (gemm.beta() != 0) {
                    expected += gemm.beta() * old[i * stride + j];
                    tolerance += 1e-6 * Math.abs(gemm.beta() * old[i * stride + j]);
                }
                if (gemm.bf16Result()) {
                    tolerance += BF16_TOLERANCE * Math.abs(expected);
                }
                float actual = all[i * stride + j];
                double excess = Math.abs(actual - expected) / tolerance;
                if (!(excess <= worst)) {
                    worst = Double.isNaN(excess) ? Double.POSITIVE_INFINITY : excess;
                    where = "[" + i + ", " + j + "] is " + actual + " instead of " + expected;
                }
            }
        }
        assertThat(worst).as("errors in tolerances of %s: %s", gemm, where).isLessThanOrEqualTo(1);
        for (int i = 0; i < old.length; i++) {
            if (i % stride >= gemm.n()) {
                assertThat(all[i]).as("mark %d between the rows", i).isEqualTo(MARK);
            }
        }
    }

    private boolean isKept(int row, int column) {
        return Philox.uniformOfFour(mask.seed(), mask.stream(), (long) row * gemm.n() + column) >= mask.p();
    }

    private double left(Host matrix, int row, int depth) {
        return gemm.aHasRowsOfK() ? matrix.at(row, depth) : matrix.at(depth, row);
    }

    private double right(Host matrix, int depth, int column) {
        return gemm.bHasRowsOfK() ? matrix.at(column, depth) : matrix.at(depth, column);
    }

    private Host left(Gemm shape, int depth) {
        return shape.aHasRowsOfK() ? matrix(shape.m(), depth, false) : matrix(depth, shape.m(), false);
    }

    private Host right(Gemm shape, int depth) {
        return shape.bHasRowsOfK() ? matrix(shape.n(), depth, false) : matrix(depth, shape.n(), false);
    }

    private Host matrix(int rows, int columns, boolean f32) {
        int stride = columns + padding;
        float[] values = new float[rows == 0 || columns == 0 ? 0 : (rows - 1) * stride + columns];
        for (int i = 0; i < values.length; i++) {
            float drawn = (float) random.nextDouble(-1, 1);
            values[i] = bf16Factors && !f32 ? Rounding.bf16(drawn) : drawn;
        }
        return new Host(values, stride);
    }

    private DeviceMatrix upload(Host matrix, boolean bf16) {
        int bytes = bf16 ? Short.BYTES : Float.BYTES;
        int count = matrix.values.length;
        long address = driver.allocate(Math.max(1L, (long) (offset + count) * bytes));
        addresses.add(address);
        long start = address + (long) offset * bytes;
        if (count > 0) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment host = arena.allocate((long) count * bytes, 16);
                for (int i = 0; i < count; i++) {
                    int bits = Float.floatToRawIntBits(matrix.values[i]);
                    if (bf16) {
                        host.setAtIndex(ValueLayout.JAVA_SHORT, i, (short)
                                (Float.floatToRawIntBits(Rounding.bf16(matrix.values[i])) >>> 16));
                    } else {
                        host.setAtIndex(ValueLayout.JAVA_INT, i, bits);
                    }
                }
                driver.upload(host, start, 0);
                driver.synchronize(0);
            }
        }
        return new DeviceMatrix(start, matrix.stride);
    }

    private float[] download(Gemm of, int count) {
        int bytes = of.bf16Result() ? Short.BYTES : Float.BYTES;
        float[] values = new float[count];
        if (count == 0) {
            return values;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment host = arena.allocate((long) count * bytes, 16);
            driver.download(of.c().address(), host, 0);
            driver.synchronize(0);
            for (int i = 0; i < count; i++) {
                values[i] = of.bf16Result()
                        ? Float.intBitsToFloat(host.getAtIndex(ValueLayout.JAVA_SHORT, i) << 16)
                        : host.getAtIndex(ValueLayout.JAVA_FLOAT, i);
            }
        }
        return values;
    }

    @Override
    public void close() {
        addresses.forEach(driver::free);
        addresses.clear();
    }
}
