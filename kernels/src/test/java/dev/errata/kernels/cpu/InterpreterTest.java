package dev.errata.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class InterpreterTest {
    @Test
    void compiledCodeHasTheBitsOfTheInterpreter() throws IOException, InterruptedException {
        Process interpreter = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xint",
                        "--add-modules=jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        OutputBits.class.getName())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        for (int warm = 0; warm < 300; warm++) {
            OutputBits.hashes();
        }
        String compiled = OutputBits.hashes();
        String interpreted = new String(interpreter.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(interpreter.waitFor()).isZero();
        assertThat(interpreted).isNotBlank().isEqualTo(compiled);
    }
}
