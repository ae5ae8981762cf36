package dev.errata.model.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.tensor.BadInputException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Templates that would run forever or take all memory end with a sentence. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class HostileTemplateTest {
    private static void assertRefused(String source) {
        assertThatThrownBy(() -> ChatTemplate.parse(source, "bad.jinja").render(List.of(), false, Map.of()))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("bad.jinja:1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
                "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
                "{{ range(2000000000) | length }}",
                "{{ 'a' * 2000000000 }}",
                "{{ [1] * 2000000000 }}",
                "{% set n = namespace(s='aaaaaaaaaaaaaaaa') %}"
                        + "{% for i in range(60) %}{% set n.s = n.s ~ n.s %}{% endfor %}{{ n.s }}",
                "{% set n = namespace(l=[1]) %}{% for i in range(60) %}{% set n.l = [n.l, n.l] %}{% endfor %}{{ n.l }}",
                "{% set n = namespace(l=[1]) %}"
                        + "{% for i in range(60) %}{% set n.l = [n.l, n.l] %}{% endfor %}{{ n.l | tojson }}",
                "{% set n = namespace(s='a') %}"
                        + "{% for i in range(60) %}{% set n.s = n.s | replace('a', 'aaaa') %}{% endfor %}",
                "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
                "{{ ('a' * 1000000) | join('a' * 1000000) }}",
                "{{ 2 ** 9999999999 }}",
                "{{ 9223372036854775807 + 1 }}"
            })
    void endsInsteadOfRunningOn(String source) {
        assertRefused(source);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "n.l == n.m",
                "n.l < n.m",
                "n.l in [n.m]",
                "{n.l: 1}",
                "[n.l, n.m] | unique | list",
                "dict([[n.l, 1]])",
                "{}.get(n.l)",
                "{}[n.l]",
                "[n.l, n.m] | sort",
                "[n.l].index(n.m)",
                "n.l is eq(n.m)",
                "[n.l] | select('in', [n.m]) | list"
            })
    void endsWhenAValueThatHoldsItselfManyTimesIsCompared(String expression) {
        assertRefused("{% set n = namespace(l=[1], m=[1]) %}{% for i in range(60) %}"
                + "{% set n.l = [n.l, n.l] %}{% set n.m = [n.m, n.m] %}{% endfor %}{{ " + expression + " }}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"'b' in s", "s.split() | length", "s.upper() | length", "s[-1]", "s | list | length"})
    void countsTheWorkOnLongTextsInLoops(String expression) {
        assertRefused("{% set s = 'a ' * 5000000 %}{% for i in range(100000) %}{{ " + expression + " }}{% endfor %}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"(", "[", "not ", "-", "{'a':", "x[", "f(", "a if "})
    void refusesDeepNesting(String opening) {
        assertRefused("{{ " + opening.repeat(100_000));
        assertRefused("{% if 1 %}".repeat(10_000));
        assertRefused("{% set " + "(".repeat(100_000));
    }

    @Test
    void refusesAnEndlessChainOfOperators() {
        assertRefused("{{ 1" + " + 1".repeat(100_000) + " }}");
        assertRefused("{{ x" + "|upper".repeat(100_000) + " }}");
    }

    @Test
    void namesTheLineOfAFailure() {
        ChatTemplate template = ChatTemplate.parse("a\n\n{{ 'x' + 1 }}\n", "t.jinja");
        assertThatThrownBy(() -> template.render(List.of(), false, Map.of())).hasMessageContaining("t.jinja:3");
        assertThatThrownBy(() -> ChatTemplate.parse("a\n{% frob %}", "t.jinja")).hasMessageContaining("t.jinja:2");
    }

    @Test
    void rendersALongConversationWithinItsBounds() {
        String source = "{% for m in messages %}<{{ m.role }}>{{ m.content | trim }}\n{% endfor %}";
        Map<String, Object> message = Map.of("role", "user", "content", "words ".repeat(10_000));
        List<Map<String, Object>> messages = Collections.nCopies(200, message);
        assertThat(ChatTemplate.parse(source, "t").render(messages, true, Map.of()))
                .hasSizeGreaterThan(10_000_000);
    }
}
