package dev.errata.pipeline.grade;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NumberTextTest {
    private static String answer(String said) {
        return FinalAnswer.of("The answer is " + said, AnswerKind.NUMBER);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            Rs. 70. | 70
            Rs.70 | 70
            about 70. | 70
            roughly $70. | 70
            ~70 | 70
            .5 | 0.5
            $.50 | 0.5
            -.5 | -0.5
            1 000. | 1000
            1 000 | 1000
            1\u202f234\u202f567 | 1234567
            1\u00a0000 | 1000
            1'000 | 1000
            1’000 | 1000
            1_000 | 1000
            1,234,567.5 | 1234567.5
            12,34,567 | 1234567
            1,00,000 rupees | 100000
            1{,}000 | 1000
            1\\,000 | 1000
            $2\\frac{1}{2}$. | 5/2
            2\\frac12 | 5/2
            -2\\tfrac{1}{2} | -5/2
            2 1/2 hours | 5/2
            2½ | 5/2
            ½ | 1/2
            \\(\\frac{10}{4}\\) | 5/2
            2 and a half hours | 2.5
            2 and three quarters | 2.75
            negative 3 | -3
            minus 3 | -3
            −3 | -3
            –3 | -3
            -$3 | -3
            $-3 | -3
            - 3 | -3
            3 dozen eggs | 36
            2.5 million dollars | 2500000
            1 and a half million | 1500000
            2 hundred thousand | 200000
            2k | 2000
            2K | 2000
            $2 K | 2000
            $5M | 5000000
            $5 bn | 5000000000
            3 lakh | 300000
            5 m | 5
            45% | 45
            45 \\% | 45
            45 percent | 45
            49 cm^2 | 49
            49 \\text{ cm}^2 | 49
            49 m² | 49
            90^\\circ | 90
            10^3 | 1000
            10^{3} | 1000
            10² | 100
            2 \\times 10^3 | 2000
            2 × 10³ | 2000
            2^-1 | 0.5
            **18** | 18
            `18` | 18
            \\boxed{18} | 18
            $\\boxed{18}$ apples | 18
            \\text{18 apples} | 18
            20 - 2 | 18
            3 + 4 = 7 | 7
            x = -5 | -5
            <<3+4=7>>7 | 7
            5-year | 5
            5/hour | 5
            5! | 5
            12 quarters | 12
            the 5th day | 5
            at least 5 | 5
            １８ | 18
            18 [apples] | 18
            """)
    void readsTheNumberThatAReaderSees(String said, String number) {
        assertThat(answer(said)).isEqualTo(number);
        assertThat(answer(said + "\n")).isEqualTo(number);
        assertThat(NumberText.read(answer(said))).isEqualTo(NumberText.read(number));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "18-20 miles",
                "18 - 20",
                "18–20",
                "18 – 20",
                "20–18",
                "18—20",
                "18 to 20",
                "between 18 and 20",
                "18~20",
                "2020-01-05",
                "1/2/2020",
                "not 5",
                "more than 5",
                "less than 5",
                "x < 5",
                "\\le 5",
                "$\\geq 5$",
                "≤5",
                "5+",
                "5 or more",
                "\\sqrt{5}",
                "√5",
                "5\\pi",
                "5π",
                "±5",
                "\\pm 5",
                "|-5|",
                "half of 5",
                "twice 5",
                "5 squared",
                "5 hundredths",
                "2 and some halves",
                "3 degrees below zero",
                "negative -3",
                "5 M",
                "300 K",
                "5'6\"",
                "5, 6",
                "1,00",
                "1.000,50",
                "1.2.3",
                "3:00",
                "2^{1/2}",
                "2^\\frac12",
                "3 7/2",
                "10^9999",
                "5*x",
                "five"
            })
    void namesNoNumberWhereTheWordsChangeItOrLeaveItOpen(String said) {
        assertThat(answer(said)).isNull();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            So he has 5 million dollars. | 5000000
            It is minus 5 degrees. | -5
            It is −5. | -5
            It takes 2 1/2 hours. | 5/2
            We get 2\\frac{1}{2}. | 5/2
            We get 2^5. | 32
            The area is 49 m^{2}. | 49
            He has 7 apples, half of which are red. | 7
            He has 7 apples and half of them are red | 7
            He needs $12. | 12
            so the answer is 3 dozen. | 36
            Therefore, the final answer is: 18 | 18
            """)
    void theLastNumberKeepsItsSignAndMagnitude(String text, String number) {
        assertThat(FinalAnswer.of(text, AnswerKind.NUMBER)).isEqualTo(number);
    }

    @Test
    void theLastNumberIsNoneUnderARootOrInWordsThatChangeIt() {
        assertThat(FinalAnswer.of("That makes \\sqrt{5}", AnswerKind.NUMBER)).isNull();
        assertThat(FinalAnswer.of("That makes √5", AnswerKind.NUMBER)).isNull();
        assertThat(FinalAnswer.of("That makes 5 squared", AnswerKind.NUMBER)).isNull();
        assertThat(FinalAnswer.of("That makes 5 hundredths", AnswerKind.NUMBER)).isNull();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            :@\\[@\\boxed{18}@\\] | 18
            :@@- 18 apples | 18
            :@@-18 | -18
            :@@− 18 | -18
            :@$$@18@$$ | 18
            :@**18**@ | 18
            @@18 | 18
            :@```@18@``` | 18
            :@\\begin{align*}@18@\\end{align*} | 18
            : @\\boxed{@18@} | 18
            :@• 18@ | 18
            :@@18@@That is 3 more than 15. | 18
            :@- 18@* 20 | 18
            """)
    void findsTheAnswerBelowThePhrase(String rest, String number) {
        assertThat(FinalAnswer.of("So 7.\nThe answer is" + rest.replace('@', '\n'), AnswerKind.NUMBER))
                .isEqualTo(number);
        assertThat(FinalAnswer.of("The final answer is" + rest.replace('@', '\n'), AnswerKind.NUMBER))
                .isEqualTo(number);
    }

    @Test
    void severalItemsBelowThePhraseAreNoNumberButAList() {
        String text = "The answer is:\n- 18\n- 20\n\nDone.";
        assertThat(FinalAnswer.of(text, AnswerKind.NUMBER)).isNull();
        assertThat(FinalAnswer.of(text, AnswerKind.LATEX)).isEqualTo("18, 20");
    }

    @Test
    void takesTheLaterOfBothPhrasesAndAMatrixOverSeveralLines() {
        assertThat(FinalAnswer.of("The final answer is 3. No. The answer is 4.", AnswerKind.NUMBER))
                .isEqualTo("4");
        assertThat(FinalAnswer.of("The answer is 4.\nThe final answer is $5$. I hope it is correct.", AnswerKind.LATEX))
                .isEqualTo("$5$");
        String matrix = "\\begin{pmatrix}\n1 \\\\\n2 \\\\\n\\end{pmatrix}";
        assertThat(AnswerKind.LATEX.same(
                        FinalAnswer.of("The answer is\n\\[\n" + matrix + "\n\\]", AnswerKind.LATEX),
                        "\\begin{pmatrix}1\\\\2\\end{pmatrix}"))
                .isTrue();
    }
}
