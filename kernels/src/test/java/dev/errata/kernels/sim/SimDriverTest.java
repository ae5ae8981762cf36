package dev.errata.kernels.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.kernels.cuda.CudaException;
import dev.errata.kernels.cuda.KernelArguments;
import dev.errata.kernels.cuda.Launch;
import dev.errata.kernels.cuda.TensorMap;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class SimDriverTest {
    private static final String ADD_ONE = """
            .version 7.4
            .target sm_80
            .address_size 64
            .visible .entry add_one(.param .u64 x, .param .u32 n)
            {
              .reg .pred %p; .reg .b32 %r<4>; .reg .b64 %d<4>;
              ld.param.u64 %d0, [x];
              ld.param.u32 %r0, [n];
              mov.u32 %r1, %tid.x;
              setp.ge.u32 %p, %r1, %r0;
              @%p ret;
              mad.wide.u32 %d1, %r1, 4, %d0;
              ld.global.u32 %r2, [%d1];
              add.u32 %r2, %r2, 1;
              st.global.u32 [%d1], %r2;
              ret;
            }
            """;

    private static byte[] bytes(String ptx) {
        return ptx.getBytes(StandardCharsets.US_ASCII);
    }

    private static long addOne(SimDriver driver) {
        return driver.function(driver.load("add_one.ptx", bytes(ADD_ONE)), "add_one");
    }

    private static int first(SimDriver driver, long x) {
        int[] values = new int[1];
        driver.download(x, MemorySegment.ofArray(values), 0);
        return values[0];
    }

    @Test
    void graphsDoTheKeptWorkAsOftenAsReplayed() {
        try (SimDriver driver = new SimDriver()) {
            long x = driver.allocate(4);
            driver.fill(x, (byte) 0, 4, 0);
            long function = addOne(driver);
            long stream = driver.createStream();
            driver.beginCapture(stream);
            KernelArguments arguments = new KernelArguments().address(x).i32(1);
            driver.launch(function, Launch.of(1, 32), arguments, stream);
            arguments.clear().address(0).i32(0);
            long graph = driver.endCapture(stream);
            assertThat(first(driver, x)).isZero();
            driver.replay(graph, stream);
            driver.replay(graph, stream);
            assertThat(first(driver, x)).isEqualTo(2);
            driver.destroyGraph(graph);
            assertThatThrownBy(() -> driver.replay(graph, stream)).hasMessageContaining("CUDA_ERROR_INVALID_HANDLE");
        }
    }

    @Test
    void aFindingNamesKindKernelLineBlockThreadAndAddress() {
        try (SimDriver driver = new SimDriver()) {
            long x = driver.allocate(8);
            driver.fill(x, (byte) 0, 8, 0);
            long function = addOne(driver);
            assertThatThrownBy(() -> driver.launch(
                            function,
                            Launch.of(1, 32),
                            new KernelArguments().address(x).i32(3),
                            0))
                    .isInstanceOfSatisfying(
                            CudaException.class, e -> assertThat(e.error()).isEqualTo("CUDA_ERROR_ILLEGAL_ADDRESS"))
                    .hasMessageContaining("out-of-bounds in add_one line 13, block (0,0,0) thread (2,0,0), address 0x"
                            + Long.toHexString(x + 8));
        }
    }

    @Test
    void memoryThatWasFreedIsGoneForGood() {
        try (SimDriver driver = new SimDriver()) {
            long x = driver.allocate(4);
            driver.free(x);
            assertThat(driver.allocate(4)).isNotEqualTo(x);
            assertThatThrownBy(() -> driver.free(x)).hasMessageContaining("CUDA_ERROR_INVALID_VALUE");
            assertThatThrownBy(() -> driver.launch(
                            addOne(driver),
                            Launch.of(1, 32),
                            new KernelArguments().address(x).i32(1),
                            0))
                    .hasMessageContaining("out-of-bounds");
        }
    }

    @Test
    void memoryIsCountedAndEnds() {
        try (SimDriver driver = new SimDriver(80, 1 << 20, 1 << 20)) {
            long x = driver.allocate(1 << 19);
            assertThat(driver.freeBytes()).isEqualTo(1 << 19);
            assertThatThrownBy(() -> driver.allocate((1 << 19) + 1)).hasMessageContaining("CUDA_ERROR_OUT_OF_MEMORY");
            driver.free(x);
            assertThat(driver.freeBytes()).isEqualTo(1 << 20);
        }
    }

    @Test
    void refusesWhatDeviceAndKernelCannotLaunch() {
        try (SimDriver driver = new SimDriver(80)) {
            long function = addOne(driver);
            KernelArguments right = new KernelArguments().address(0).i32(0);
            assertThatThrownBy(() -> driver.launch(function, Launch.of(1, 1025), right, 0))
                    .hasMessageContaining("1024 are allowed");
            assertThatThrownBy(() -> driver.launch(function, Launch.of(1, 32).shared(50_000), right, 0))
                    .hasMessageContaining("49152 are allowed");
            assertThatThrownBy(() -> driver.allowDynamicShared(function, 200_000))
                    .hasMessageContaining("CUDA_ERROR_INVALID_VALUE");
            driver.allowDynamicShared(function, 50_000);
            driver.launch(function, Launch.of(1, 32).shared(50_000), right, 0);
            assertThatThrownBy(() -> driver.launch(function, Launch.of(1, 32), new KernelArguments().address(0), 0))
                    .hasMessageContaining("2 parameters of 8, 4 bytes");
        }
    }

    @Test
    void refusesPtxThatItCannotRunByLineAndInstruction() {
        try (SimDriver driver = new SimDriver(80)) {
            assertThatThrownBy(() -> driver.function(
                            driver.load("f.ptx", bytes(ADD_ONE.replace("add.u32", "frobnicate.u32"))), "add_one"))
                    .hasMessageContaining("CUDA_ERROR_INVALID_PTX")
                    .hasMessageContaining("line 14: unknown instruction: frobnicate.u32 %r2, %r2, 1");
            assertThatThrownBy(() -> driver.load("f.ptx", bytes(ADD_ONE.replace("[%d1], %r2;", "[%d1] %r2;"))))
                    .hasMessageContaining("line 15: expected `,`, found `%r2`");
            assertThatThrownBy(() -> driver.load("f.ptx", bytes(ADD_ONE.replace("sm_80", "sm_90a"))))
                    .hasMessageContaining("CUDA_ERROR_NO_BINARY_FOR_GPU");
            assertThatThrownBy(() -> driver.load("f.cubin", new byte[] {127, 'E', 'L', 'F'}))
                    .hasMessageContaining("CUDA_ERROR_INVALID_PTX");
            assertThatThrownBy(() -> driver.function(driver.load("f.ptx", bytes(ADD_ONE)), "other"))
                    .hasMessageContaining("CUDA_ERROR_NOT_FOUND");
        }
    }

    @Test
    void tensorMapsMustFit() {
        try (SimDriver driver = new SimDriver()) {
            TensorMap.Swizzle swizzle = TensorMap.Swizzle.BYTES_128;
            assertThat(driver.tensorMap(new TensorMap(4096, 8, 64, 128, 8, 64, swizzle))
                            .byteSize())
                    .isEqualTo(128);
            assertThatThrownBy(() -> driver.tensorMap(new TensorMap(4096, 8, 64, 130, 8, 64, swizzle)))
                    .hasMessageContaining("multiple of 16");
            assertThatThrownBy(() -> driver.tensorMap(new TensorMap(4096, 8, 128, 256, 8, 128, swizzle)))
                    .hasMessageContaining("128 at most");
        }
    }
}
