package dev.errata.pipeline.grade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class SoundTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            \\frac{2}{4} | 0.5
            \\sqrt{200} | 10\\sqrt2
            \\frac{1}{\\sqrt{2}} | \\frac{\\sqrt2}{2}
            \\frac{2\\sqrt{2}}{\\sqrt{2}-1} | 4+2\\sqrt{2}
            9z(z^2 - 3z + 3) | 9z^3 - 27z^2 + 27z
            -1\\frac{2}{9} | -\\frac{11}{9}
            3 1/2 | \\frac72
            (1, \\frac{1}{2}] | ( 1 , 0.5 ]
            2, 1, -1 | -1, 1, 2
            \\{1,2\\} | \\{2,1\\}
            1 \\pm \\sqrt{3} | 1-\\sqrt3, 1+\\sqrt3
            (-\\infty,5) \\cup (5,\\infty) | (5, \\infty)\\cup(-\\infty,5)
            \\begin{pmatrix} 1 & 2 \\\\ 6 & 0.5 \\end{pmatrix} | \\begin{pmatrix}1&2\\\\6&\\frac12\\end{pmatrix}
            1,\\!234 | 1234
            12\\text{ cm} | 12
            x = 5 | 5
            \\text{Tuesday} | tuesday
            i^2 | -1
            (a+b)^2 | a^2 + 2ab + b^2
            5sqrt(5) | 5\\sqrt{5}
            (-infty, 3] U [5,infty) | (-\\infty,3]\\cup[5,\\infty)
            3√2 | 3\\sqrt{2}
            49\\text{ cm}^2 | 49
            49\\mathrm{cm}^{3} | 49
            (4130)_5 | 4130_{5}
            27, 63, 99, 135 | 27^\\circ, 63^\\circ, 99^\\circ, 135^\\circ
            45, 135 | 135, 45
            1,000, 2,000 | 2000, 1000
            \\text{ODD} | \\text{odd}
            1:03 pm | \\text{1:03 PM}
            x \\le 3 | x \\leq 3
            x ≤ 3 | x \\leqslant 3
            3 \\ge x | x <= 3
            1 < x \\le 3 | 3 \\geq x > 1
            2x < 6 | x < 3
            -x < -3 | x > 3
            x \\neq 3 | 3 ≠ x
            x \\lt 3 | x < 3
            \\sqrt[3]{8} | 2
            ∛27 | 3
            √16 | 4
            \\sqrt[3]{16} | 2\\sqrt[3]{2}
            \\sqrt[4]{4} | \\sqrt{2}
            \\sqrt[3]{-8} | -2
            8^{2/3} | 4
            2^{1/3} | \\sqrt[3]{2}
            \\sqrt[3]{\\frac{1}{2}} | \\frac{\\sqrt[3]{4}}{2}
            a, b, \\text{ and } c | a,b,c
            1, 2 and 3 | 3, 2, 1
            x = 1 or x = 2 | 1, 2
            x = 1, x = 2 | x = 2 \\text{ or } x = 1
            x < 1 \\text{ or } x > 3 | x > 3, x < 1
            x > 1 \\text{ and } x < 3 | x < 3 and x > 1
            x \\in [2,5] | [2,5]
            x ∈ (-\\infty, 1) \\cup (2, \\infty) | (2,\\infty)\\cup(-\\infty,1)
            -34x-45y+20z-100=0 | 34x+45y-20z+100=0
            2x + 4y = 6 | x + 2y = 3
            y = 2x + 1 | 2x - y + 1 = 0
            \\begin{pmatrix} 1 \\\\ 2 \\\\ \\end{pmatrix} | \\begin{pmatrix} 1 \\\\[4pt] 2 \\end{pmatrix}
            **\\(\\frac{1}{2}\\)** | \\frac12
            **5** | 5
            `5` | 5
            \\[x^2\\] | x^2
            \\varnothing | \\emptyset
            2 \\text{ million} | 2,000,000
            1.5 million dollars | 1500000
            negative 3 | -3
            3 + 4\\mathrm{i} | 3 + 4i
            2\\operatorname{sin} x | 2\\sin x
            """)
    void takesTheSameValueInAnotherFormForEqual(String one, String other) {
        assertThat(AnswerKind.LATEX.same(one, other)).isTrue();
        assertThat(AnswerKind.LATEX.same(other, one)).isTrue();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            0.333 | \\frac{1}{3}
            7.0001 | 7
            (1,2] | (1,2)
            (1,2) | (2,1)
            \\sqrt{8}-1 | \\sqrt{2}-1
            3s^2 | 3
            64a^6 | \\text{A}
            2x+1 | 2x-1
            1010_2 | 10
            \\begin{pmatrix} 1 & 2 \\end{pmatrix} | \\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}
            \\sin x | \\cos x
            stop | pots
            1,234 | 1, 234
            49^2 | 49
            \\text{1:03 PM} | \\text{1:04 PM}
            \\text{3} | -3
            4130_5 | 4130_6
            \\frac{1}{0} | 0
            x \\le 3 | x \\geq 3
            x \\le 3 | x < 3
            x \\le 3 | 3
            -x < 3 | x < 3
            x < 3 | y < 3
            \\sqrt[3]{9} | 3
            \\sqrt[3]{8} | \\sqrt{8}
            \\sqrt[3]{2} | \\sqrt[3]{4}
            x \\in [2,5] | (2,5)
            x \\in [2,5] | y \\in [2,5]
            x = 1, y = 2 | 2, 1
            x = 1, y = 2 | x = 2, y = 1
            x < 1 \\text{ or } x > 3 | x < 1 \\text{ and } x > 3
            2x + 4y = 6 | x + 2y = 6
            x = 5 | y = 5
            0 = 0 | 1 = 1
            \\begin{pmatrix} 1 \\\\ 2 \\\\ \\end{pmatrix} | \\begin{pmatrix} 1 \\\\ 2 \\\\ 0 \\end{pmatrix}
            2 \\text{ million} | 2
            negative 3 | 3
            3 + 4\\mathrm{i} | 7
            3\\mathbf{i} + 4\\mathbf{j} | 7
            2\\operatorname{sin} x | 2x
            18–20 | -2
            √16 | 6
            red or blue | red and blue
            """)
    void takesAnotherValueForUnequal(String one, String other) {
        assertThat(AnswerKind.LATEX.same(one, other)).isFalse();
        assertThat(AnswerKind.LATEX.same(other, one)).isFalse();
    }

    @Test
    void noAnswerEqualsNothingNotEvenNoAnswer() {
        Sound gsm8k = new Sound(AnswerKind.NUMBER);
        assertThat(AnswerKind.NUMBER.same(null, null)).isFalse();
        assertThat(AnswerKind.NUMBER.same(null, "0")).isFalse();
        assertThat(gsm8k.grade("I don't know", "The answer is 0.", List.of()))
                .isEqualTo(new GradedAnswer(null, "0", false));
    }

    @Test
    void choosesTheCandidateThatTheAnswerNames() {
        Sound csqa = new Sound(AnswerKind.CHOICE);
        List<String> candidates = List.of("train station", "station", "mall");
        assertThat(csqa.grade("The answer is the Mall, of course.", "mall", candidates)
                        .equal())
                .isTrue();
        assertThat(csqa.grade("The answer is station.", "station", candidates).equal())
                .isTrue();
        assertThat(csqa.grade("The answer is a train station or the mall.", "mall", candidates)
                        .equal())
                .isFalse();
    }

    @ParameterizedTest
    @MethodSource("graders")
    void endsSoonWhateverTheTextIs(Grader grader) {
        int many = 200_000;
        List<String> texts = List.of(
                "{".repeat(many),
                "(".repeat(many),
                "}".repeat(many),
                "-".repeat(many) + "1",
                ".".repeat(many),
                "\\frac{".repeat(many / 6),
                "1,".repeat(many),
                "9^{9^{9^{9}}}",
                "(a+b+c+d)^{40}",
                "1e999999999",
                "9**9**9+0",
                "1<<99999+1",
                "9".repeat(many),
                "\\boxed{".repeat(many / 7),
                "1 ".repeat(many / 2));
        for (String text : texts) {
            GradedAnswer verdict = assertTimeoutPreemptively(
                    Duration.ofSeconds(20),
                    () -> grader.grade("The answer is " + text + ".", "The answer is 5.", List.of("five", "six")));
            assertThat(verdict).isNotNull();
        }
    }

    static Stream<Grader> graders() {
        Stream<Grader> sound = Arrays.stream(AnswerKind.values()).map(Sound::new);
        Stream<Grader> release = Arrays.stream(LemaCompat.Rule.values()).map(LemaCompat::new);
        return Stream.concat(Stream.concat(sound, release), Stream.of(new Hendrycks()));
    }
}
