package dev.errata.bench.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.bench.BenchProgram;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The short form of {@code recovery-check}; the long one is a command. */
class RecoveryCheckTest {
    private static String home;

    @BeforeAll
    static void findConfigs() {
        home = System.getProperty("errata.home");
        System.setProperty("errata.home", "..");
    }

    @AfterAll
    static void putBack() {
        if (home == null) {
            System.clearProperty("errata.home");
        } else {
            System.setProperty("errata.home", home);
        }
    }

    @Test
    void runsThatAreKilledStarvedAndCutEndInTheBytesOfUndisturbedOnes() {
        BenchProgram ran = BenchProgram.command(
                "recovery-check",
                "--points",
                24,
                "--only",
                "best,local,models",
                "--kinds",
                "halt,torn,power,full,io,read-only,cut,damage,clock",
                "--json",
                "--seed",
                11);
        assertThat(ran.code()).as(ran.out() + ran.err()).isZero();
        JsonNode result = ran.json();
        assertThat(result.path("failures")).isEmpty();
        assertThat(result.path("rows").findValues("points").stream()
                        .mapToInt(JsonNode::asInt)
                        .sum())
                .isEqualTo(24);
        assertThat(result.path("scenarios").path("best").asInt()).isGreaterThan(50);
    }

    @ParameterizedTest
    @CsvSource({"29, 14", "15, 6", "14, 7", "1, 13", "28, 14", "3, 1"})
    void eachRunMeetsEachKindOnceInAsManyPointsAsThereArePairs(int scenarios, int kinds) {
        Set<Integer> met = new HashSet<>();
        for (int point = 0; point < scenarios * kinds; point++) {
            met.add(point % scenarios * kinds + RecoveryCheckCommand.kind(point, scenarios, kinds));
        }
        assertThat(met).hasSize(scenarios * kinds);
    }

    @Test
    void aProcessThatIsGoneGoesOnInAnother() {
        BenchProgram ran = BenchProgram.command(
                "recovery-check", "--processes", "--points", 2, "--only", "lora", "--kinds", "torn,int", "--json");
        assertThat(ran.code()).as(ran.out() + ran.err()).isZero();
    }

    @Test
    void anUnknownRunOrKindIsOneSentence() {
        BenchProgram ran = BenchProgram.command("recovery-check", "--only", "everything");
        assertThat(ran.code()).isEqualTo(2);
        assertThat(ran.lastLine())
                .startsWith("errata: --only names everything: ")
                .contains("qlora");
        assertThat(BenchProgram.command("recovery-check", "--kinds", "fire").lastLine())
                .contains("read-only");
    }
}
