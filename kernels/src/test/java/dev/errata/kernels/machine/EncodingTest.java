package dev.errata.kernels.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Bytes of instructions, beside those that GNU as 2.40 made of the same texts (encodings.txt.gz: a text, a tab, its bytes).
 */
class EncodingTest {
    private static final Map<String, String> RECORDED = recorded();

    @ParameterizedTest
    @EnumSource(Mnemonic.class)
    void everyFormHasTheBytesThatGnuAsGivesIt(Mnemonic mnemonic) {
        for (MachineInstruction each : InstructionForms.of(mnemonic)) {
            CodeBytes bytes = new CodeBytes();
            mnemonic.encoding().encode(each.operands(), bytes);
            assertThat(HexFormat.of().formatHex(bytes.finish()))
                    .as(each.toString())
                    .isEqualTo(RECORDED.get(each.toString()));
        }
    }

    /** Jumps back and forth and a constant after them; as gave it with {disp32} before each jump. */
    @Test
    void distancesAreThoseToTheLabels() {
        Assembler a = new Assembler("distances");
        Label table = a.label("table");
        Label end = a.label("end");
        Label loop = a.here("loop");
        a.vmovups(new Zmm(17), Address.at(table));
        a.sub(Gpr.RAX, 1);
        a.je(end);
        a.jl(end);
        a.jmp(loop);
        a.jne(loop);
        a.bind(end);
        a.ret();
        a.constant(table, new byte[] {1, 2, 3, 4});
        assertThat(HexFormat.of().formatHex(a.assemble().bytes()))
                .isEqualTo("62e17c48100d360000004883e8010f84110000000f8c0b000000e9e1ffffff0f85dbffffffc5f877c3"
                        + "cc".repeat(64 - 41)
                        + "01020304");
    }

    @Test
    void whatCannotBeEncodedIsRefused() {
        assertThatThrownBy(() -> new Zmm(32)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Address.at(Gpr.RAX, Gpr.RSP, 1, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Address.at(Gpr.RAX, Gpr.RCX, 3, 0)).isInstanceOf(IllegalArgumentException.class);
        Assembler lost = new Assembler("lost");
        lost.jmp(lost.label("nowhere"));
        assertThatThrownBy(lost::assemble).hasMessageContaining("nowhere");
        Assembler wrong = new Assembler("wrong");
        wrong.tileloadd(new Tmm(0), Address.at(Gpr.RAX));
        assertThatThrownBy(wrong::assemble).isInstanceOf(IllegalArgumentException.class);
    }

    private static Map<String, String> recorded() {
        Map<String, String> all = new HashMap<>();
        try (InputStream in = EncodingTest.class.getResourceAsStream("encodings.txt.gz");
                BufferedReader lines =
                        new BufferedReader(new InputStreamReader(new GZIPInputStream(in), StandardCharsets.US_ASCII))) {
            lines.lines().map(line -> line.split("\t")).forEach(each -> all.put(each[0], each[1]));
            return all;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
