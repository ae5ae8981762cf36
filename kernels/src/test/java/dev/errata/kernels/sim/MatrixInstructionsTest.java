package dev.errata.kernels.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.errata.kernels.cuda.KernelArguments;
import dev.errata.kernels.cuda.Launch;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Products and moves of matrices, with the places of elements written out as "PTX ISA" has them. */
class MatrixInstructionsTest {
    private static String list(String prefix, int n) {
        return IntStream.range(0, n).mapToObj(i -> prefix + i).collect(Collectors.joining(", ", "{", "}"));
    }

    /** Registers a, b and c of each lane are loaded from its 32 words, and d is stored to its 4. */
    private static int[] run(String instruction, int inA, int inB, int inC, int[] words) {
        StringBuilder s = new StringBuilder(".version 8.0\n.target sm_80\n.address_size 64\n");
        s.append(
                ".visible .entry k(.param .u64 in, .param .u64 out)\n{\n.reg .b32 %a<8>, %b<8>, %c<8>, %d<8>, %tid;\n");
        s.append(".reg .b64 %at, %to;\nld.param.u64 %at, [in];\nld.param.u64 %to, [out];\nmov.u32 %tid, %tid.x;\n");
        s.append("mad.wide.u32 %at, %tid, 128, %at;\nmad.wide.u32 %to, %tid, 16, %to;\n");
        int offset = 0;
        for (String name : new String[] {"a", "b", "c"}) {
            int n = name.equals("a") ? inA : name.equals("b") ? inB : inC;
            for (int i = 0; i < n; i++) {
                s.append("ld.global.b32 %" + name + i + ", [%at+" + offset + "];\n");
                offset += 4;
            }
        }
        s.append(instruction)
                .append(' ')
                .append(list("%d", inC))
                .append(", ")
                .append(list("%a", inA))
                .append(", ");
        s.append(list("%b", inB)).append(", ").append(list("%c", inC)).append(";\n");
        for (int i = 0; i < inC; i++) {
            s.append("st.global.b32 [%to+" + 4 * i + "], %d" + i + ";\n");
        }
        s.append("ret;\n}\n");
        try (SimDriver driver = new SimDriver()) {
            long module = driver.load("k", s.toString().getBytes(StandardCharsets.US_ASCII));
            long in = driver.allocate(32 * 128);
            long out = driver.allocate(32 * 16);
            driver.upload(MemorySegment.ofArray(words), in, 0);
            driver.fill(out, (byte) 0, 32 * 16, 0);
            driver.launch(
                    driver.function(module, "k"),
                    Launch.of(1, 32),
                    new KernelArguments().address(in).address(out),
                    0);
            int[] d = new int[32 * 4];
            driver.download(out, MemorySegment.ofArray(d), 0);
            return d;
        }
    }

    private static int bits(String type, float x) {
        return switch (type) {
            case "f16" -> Float.floatToFloat16(x) & 0xFFFF;
            case "bf16" -> Float.floatToRawIntBits(x) >>> 16;
            default -> Float.floatToRawIntBits(x);
        };
    }

    @ParameterizedTest
    @CsvSource({"bf16,16", "f16,16", "bf16,8", "f16,8", "tf32,8", "tf32,4"})
    void productsOfFloats(String type, int k) {
        Random random = new Random(k);
        float[][] a = new float[16][k];
        float[][] b = new float[k][8];
        float[][] c = new float[16][8];
        for (float[][] m : new float[][][] {a, b, c}) {
            for (float[] row : m) {
                for (int j = 0; j < row.length; j++) {
                    row[j] = (random.nextInt(65) - 32) / 16f;
                }
            }
        }
        boolean wide = type.equals("tf32");
        int each = wide ? 1 : 2;
        int inA = 16 * k / 32 / each;
        int inB = 8 * k / 32 / each;
        int[] words = new int[32 * 32];
        for (int lane = 0; lane < 32; lane++) {
            int group = lane >> 2;
            int inGroup = lane % 4;
            for (int r = 0; r < inA; r++) {
                for (int i = 0; i < each; i++) {
                    int row = r % 2 == 0 ? group : group + 8;
                    int column = inGroup * each + i + (r < 2 ? 0 : 4 * each);
                    words[32 * lane + r] |= bits(type, a[row][column]) << (16 * i);
                }
            }
            for (int r = 0; r < inB; r++) {
                for (int i = 0; i < each; i++) {
                    int row = inGroup * each + i + (r == 0 ? 0 : 4 * each);
                    words[32 * lane + inA + r] |= bits(type, b[row][group]) << (16 * i);
                }
            }
            for (int r = 0; r < 4; r++) {
                words[32 * lane + inA + inB + r] =
                        Float.floatToRawIntBits(c[group + (r < 2 ? 0 : 8)][inGroup * 2 + r % 2]);
            }
        }
        int[] d = run("mma.sync.aligned.m16n8k" + k + ".row.col.f32." + type + "." + type + ".f32", inA, inB, 4, words);
        for (int lane = 0; lane < 32; lane++) {
            for (int r = 0; r < 4; r++) {
                int row = (lane >> 2) + (r < 2 ? 0 : 8);
                int column = lane % 4 * 2 + r % 2;
                double sum = c[row][column];
                for (int l = 0; l < k; l++) {
                    sum += (double) a[row][l] * b[l][column];
                }
                assertThat((double) Float.intBitsToFloat(d[4 * lane + r])).isCloseTo(sum, within(1e-4));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"s8,s8,16", "s8,s8,32", "u8,s8,32", "u8,u8,16"})
    void productsOfBytes(String typeA, String typeB, int k) {
        Random random = new Random(k);
        int[][] a = new int[16][k];
        int[][] b = new int[k][8];
        for (int[] row : a) {
            for (int j = 0; j < k; j++) {
                row[j] = typeA.equals("s8") ? (byte) random.nextInt() : random.nextInt() & 0xFF;
            }
        }
        for (int[] row : b) {
            for (int j = 0; j < 8; j++) {
                row[j] = typeB.equals("s8") ? (byte) random.nextInt() : random.nextInt() & 0xFF;
            }
        }
        int inA = k / 8;
        int inB = k / 16;
        int[] words = new int[32 * 32];
        for (int lane = 0; lane < 32; lane++) {
            for (int r = 0; r < inA; r++) {
                for (int i = 0; i < 4; i++) {
                    int row = (lane >> 2) + (r % 2 == 0 ? 0 : 8);
                    int column = lane % 4 * 4 + i + (r < 2 ? 0 : 16);
                    words[32 * lane + r] |= (a[row][column] & 0xFF) << (8 * i);
                }
            }
            for (int r = 0; r < inB; r++) {
                for (int i = 0; i < 4; i++) {
                    words[32 * lane + inA + r] |= (b[lane % 4 * 4 + i + 16 * r][lane >> 2] & 0xFF) << (8 * i);
                }
            }
            for (int r = 0; r < 4; r++) {
                words[32 * lane + inA + inB + r] = lane - r;
            }
        }
        int[] d =
                run("mma.sync.aligned.m16n8k" + k + ".row.col.s32." + typeA + "." + typeB + ".s32", inA, inB, 4, words);
        for (int lane = 0; lane < 32; lane++) {
            for (int r = 0; r < 4; r++) {
                int sum = lane - r;
                for (int l = 0; l < k; l++) {
                    sum += a[(lane >> 2) + (r < 2 ? 0 : 8)][l] * b[l][lane % 4 * 2 + r % 2];
                }
                assertThat(d[4 * lane + r]).isEqualTo(sum);
            }
        }
    }

    /** An 8x8 matrix goes to shared memory by one of stmatrix and plain stores, and comes back by ldmatrix. */
    @Test
    void matricesMoveAndTurn() {
        String tile =
                ".shared .align 16 .b8 tile[128];\nmov.u32 %t0, tile;\nand.b32 %t1, %tid, 7;\nmad.lo.u32 %t2, %t1, 16, %t0;\n";
        String plain = tile + "mad.lo.u32 %t3, %tid, 4, %t0;\nst.shared.b32 [%t3], %a;\nbar.warp.sync -1;\n";
        long[] in = new long[128];
        for (int t = 0; t < 32; t++) {
            // Elements 2·t and 2·t + 1 of the matrix, row by row.
            in[4 * t] = 2L * t | (2L * t + 1) << 16;
        }
        long[] same =
                new Snippet("b32", "b32", plain + "ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%x}, [%t2];").run(in);
        long[] turned = new Snippet("b32", "b32", plain + "ldmatrix.sync.aligned.m8n8.x1.trans.shared.b16 {%x}, [%t2];")
                .run(in);
        long[] moved = new Snippet("b32", "b32", "movmatrix.sync.aligned.m8n8.trans.b16 %x, %a;").run(in);
        long[] stored = new Snippet(
                        "b32",
                        "b32",
                        tile + "stmatrix.sync.aligned.m8n8.x1.trans.shared.b16 [%t2], {%a};\nbar.warp.sync -1;\n"
                                + "mad.lo.u32 %t3, %tid, 4, %t0;\nld.shared.b32 %x, [%t3];")
                .run(in);
        for (int t = 0; t < 32; t++) {
            int row = 2 * (t % 4);
            int column = t / 4;
            long transposed = (row * 8L + column) | ((row + 1) * 8L + column) << 16;
            assertThat(same[t]).isEqualTo(in[4 * t]);
            assertThat(turned[t]).isEqualTo(transposed);
            assertThat(moved[t]).isEqualTo(transposed);
            assertThat(stored[t]).isEqualTo(transposed);
        }
    }
}
