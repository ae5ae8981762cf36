package dev.errata.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.sampling.SamplerSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * A vector or a mask that the compiler boxes costs an object for each that is worked on, and most of the speed. What a call
 * may allocate is a few objects that describe it, the same for tensors of any size, and none of them by a thread that computes its tasks. docs/jit.md says what makes it box.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class AllocationTest {
    /** Those that between them run every innermost loop of the Vector API, a JVM for each. */
    private static final List<String> FIRST = List.of(
            "matmul, a transposed",
            "matmul of 1",
            "matmul of 3",
            "matmul of 7",
            "F32 weight backward",
            "F32 weight, 1",
            "F32 weight, 3",
            "F32 weight, 7",
            "BF16 weight",
            "BF16 weight, 1",
            "BF16 weight, 3",
            "BF16 weight, 7",
            "F16 weight, 3",
            "4-bit weight",
            "4-bit weight, 1",
            "double quantized weight, 3",
            "stored 4-bit weight",
            "Q4_K weight",
            "Q5_0 weight, 1",
            "Q6_K weight embedding",
            "Q8_0 weight, 1",
            "BF16 weight row norm",
            "copy of F32 to BF16",
            "SILU gate backward of F32",
            "GELU_TANH gate of BF16",
            "soft cap of BF16",
            "dropout of F32",
            "rms norm from 1.0 of BF16",
            "rms norm from 0.0 backward of F32",
            "scale columns backward of F32",
            "scatter and add of BF16",
            "cross-entropy of F32",
            "rope of F32",
            "sum of squares of F32",
            "adamw",
            "adamw with 8-bit states",
            "lion",
            "attention backward of F32",
            "attention with a soft cap, one query of BF16",
            "attention, more queries of F32",
            "sampling by " + SamplerSettings.of(0.7, 0.9));

    /** What machine code computes where the processor has units for it: the Java around it. */
    private static final List<String> FIRST_BY_MACHINE_CODE = List.of(
            "matmul, a transposed",
            "F32 weight backward",
            "BF16 weight, 3",
            "4-bit weight",
            "narrow product",
            "dropout linear backward of BF16",
            "bf16 rows by BF16 into F32",
            "bf16 rows by 4 bits into BF16",
            "bf16 rows by 4 bits, 1",
            "8-bit rows by Q4_0",
            "8-bit rows by Q6_K, 1",
            "8-bit rows by IQ4_NL",
            "attention with a soft cap, one query of BF16");

    /** First, as the compiler treats a loop otherwise when much else ran before. */
    @Test
    @Order(1)
    void operatorsOfTheVectorApiAllocateNoByteForWhatTheyCompute() {
        SizedOperators operators = new SizedOperators();
        for (String name : operators.names()) {
            requireNothingForRowsOrTasks(operators, name, new CpuBackend(2, null));
        }
    }

    @Test
    @Order(2)
    void norDoThoseWithMachineCode() {
        SizedOperators operators = new SizedOperators();
        for (String name : operators.namesWithTwin()) {
            requireNothingForRowsOrTasks(operators, name, new CpuBackend(2));
        }
    }

    private static void requireNothingForRowsOrTasks(SizedOperators operators, String name, CpuBackend opened) {
        try (CpuBackend backend = opened;
                Scope scope = new Scope("allocation", backend)) {
            assertThat(Allocation.settled(backend, operators, name, scope).fault())
                    .as(name)
                    .isEmpty();
        }
    }

    @Test
    void norDoesTheFirstThatAVirtualMachineCompiles() throws Exception {
        assertThat(new SizedOperators().names()).containsAll(FIRST).containsAll(FIRST_BY_MACHINE_CODE);
        try (ExecutorService two = Executors.newFixedThreadPool(2)) {
            List<Future<String>> faults = FIRST.stream()
                    .map(name -> two.submit(() -> alone(name, false)))
                    .toList();
            List<Future<String>> faultsByMachineCode = FIRST_BY_MACHINE_CODE.stream()
                    .map(name -> two.submit(() -> alone(name, true)))
                    .toList();
            StringBuilder all = new StringBuilder();
            for (Future<String> fault : faults) {
                all.append(fault.get());
            }
            for (Future<String> fault : faultsByMachineCode) {
                all.append(fault.get());
            }
            assertThat(all.toString()).isEmpty();
        }
    }

    /** What was wrong with an operator in a JVM of its own, or nothing. */
    private static String alone(String name, boolean machine) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-modules=jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:+UseSerialGC",
                        "-Xshare:auto",
                        "-Xmx512m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Allocation.class.getName(),
                        name,
                        machine ? "machine" : "vectors")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return process.waitFor() == 0 ? said : name + " ended with an error: " + said;
    }

    @Test
    void everyOperatorIsMeasured() {
        List<Class<?>> kinds = Arrays.stream(Op.class.getPermittedSubclasses()).collect(Collectors.toList());
        try (CpuBackend backend = new CpuBackend(1);
                Scope scope = new Scope("allocation", backend)) {
            SizedOperators operators = new SizedOperators();
            for (String name : operators.names()) {
                kinds.remove(operators.at(name, scope, 8, 256).getClass());
            }
        }
        assertThat(kinds).isEmpty();
    }
}
