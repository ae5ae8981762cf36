package dev.errata.pipeline.grade;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.OptionalDouble;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class FinalAnswerTest {
    @Test
    void takesTheLastPhraseThenTheLastBoxThenHashesThenTheLastNumber() {
        assertThat(number("The answer is 3.\nNo. The answer is: $1,234.50.\n\\boxed{9}"))
                .isEqualTo("1234.5");
        assertThat(number("First \\boxed{7}, then \\boxed{\\frac{1}{2}}, 8 of them"))
                .isEqualTo("1/2");
        assertThat(number("He has 4.\n#### 18")).isEqualTo("18");
        assertThat(number("So it costs $3.20 and not 4 but -5")).isEqualTo("-5");
        assertThat(number("none")).isNull();
        assertThat(number("")).isNull();
    }

    @Test
    void normalizesNumbers() {
        assertThat(number("The answer is 18 dollars.")).isEqualTo("18");
        assertThat(number("The answer is -3.50.")).isEqualTo("-3.5");
        assertThat(number("The answer is 45 %.\n}")).isEqualTo("45");
        assertThat(number("The answer is 3 + 4 = 7.")).isEqualTo("7");
        assertThat(number("The answer is **20**.")).isEqualTo("20");
        assertThat(number("The answer is 22/2.")).isEqualTo("11");
        assertThat(number("The answer is 0.25.")).isEqualTo("0.25");
        assertThat(number("The answer is £14. That is 3 more.")).isEqualTo("14");
    }

    @Test
    void namesNoAnswerWhereThePhraseNamesNoneOrTwo() {
        assertThat(number("9 and 3. The answer is eighteen.")).isNull();
        assertThat(number("The answer is 20 or 19.")).isNull();
        assertThat(number("The answer is 35, 34.")).isNull();
        assertThat(number("The answer is 5/0.")).isNull();
        assertThat(number("The answer is 1e999999999.")).isNull();
    }

    @Test
    void givesTheTextForOtherTasks() {
        assertThat(FinalAnswer.of("The answer is $\\frac{1}{2}$.", AnswerKind.LATEX))
                .isEqualTo("$\\frac{1}{2}$");
        assertThat(FinalAnswer.of("The answer is train station.", AnswerKind.CHOICE))
                .isEqualTo("train station");
        assertThat(FinalAnswer.of("The answer is .", AnswerKind.CHOICE)).isNull();
    }

    @Property(tries = 200)
    void readsBackWhatItNormalized(@ForAll int top, @ForAll @IntRange(min = 1, max = 5000) int bottom) {
        Rational value = new Rational(BigInteger.valueOf(top), BigInteger.valueOf(bottom));
        assertThat(NumberText.read(value.decimal())).contains(value);
        assertThat(NumberText.read(value.toString())).contains(value);
        assertThat(FinalAnswer.of("The answer is $" + value.decimal() + ".", AnswerKind.NUMBER))
                .isEqualTo(value.decimal());
    }

    @Property(tries = 300)
    void everyTextHasAnAnswerThatIsANumberOrNone(@ForAll String text) {
        String answer = number(text);
        assertThat(answer == null || NumberText.read(answer).isPresent()).isTrue();
    }

    @Test
    void worksOutWhatPythonWould() {
        assertThat(PythonArithmetic.evaluate("2+3*4")).hasValue(14);
        assertThat(PythonArithmetic.evaluate("-2**2")).hasValue(-4);
        assertThat(PythonArithmetic.evaluate("7//2-1")).hasValue(2);
        assertThat(PythonArithmetic.evaluate("-7//2")).hasValue(-4);
        assertThat(PythonArithmetic.evaluate("(1+2)*.5")).hasValue(1.5);
        assertThat(PythonArithmetic.evaluate("2**-1")).hasValue(0.5);
        assertThat(PythonArithmetic.evaluate("5%+3")).hasValue(2);
        assertThat(PythonArithmetic.evaluate("1_000+1")).hasValue(1001);
        for (String error :
                new String[] {"06+1", "5/0", "5(3)+1", "3+", "1.2.3+1", "**20**", "", "9**9**9+0", "(-8)**.5"}) {
            assertThat(PythonArithmetic.evaluate(error)).as(error).isEqualTo(OptionalDouble.empty());
        }
    }

    private static String number(String text) {
        return FinalAnswer.of(text, AnswerKind.NUMBER);
    }
}
