package dev.errata.model.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.tensor.BadInputException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Expressions and what jinja with Python's values makes of them. */
class PythonValuesTest {
    private static final Map<String, Object> VARIABLES = Map.of(
            "s", "Hello, World",
            "l", List.of(3, 1, 2),
            "o", List.of(Map.of("k", "x", "v", 2), Map.of("k", "y", "v", 1), Map.of("k", "x", "v", 3)));

    private static String render(String template) {
        return ChatTemplate.parse(template, "t").render(List.of(), false, VARIABLES);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            (1, 'a')                                   | (1, 'a')
            (1,)                                       | (1,)
            ()                                         | ()
            (1, 2, 3)[1:]                              | (2, 3)
            (1,) + (2,)                                | (1, 2)
            (1, 2) == [1, 2]                           | False
            {'b': 1}.items()¦list                      | [('b', 1)]
            {'b': 1, 'a': 2}¦dictsort                  | [('a', 2), ('b', 1)]
            ((1, 2), [3])¦tojson                       | [[1, 2], [3]]
            o¦groupby('k')¦map('first')¦list           | ['x', 'y']
            (o¦groupby('k')¦first).list¦length         | 2
            (o¦groupby('k')¦first).grouper             | x
            o¦sort(attribute='k,v')¦map(attribute='v')¦join | 231
            s.partition(', ')                          | ('Hello', ', ', 'World')
            s.rpartition('zz')                         | ('', '', 'Hello, World')
            s.find('o', 5)                             | 8
            s.count('l', 4)                            | 1
            s.startswith('World', 7)                   | True
            s.endswith('o', 0, 5)                      | True
            s.swapcase()                               | hELLO, wORLD
            'Ab Cd'.istitle()                          | True
            '-7'.zfill(4)                              | -007
            'a'.center(4, '*')                         | *a**
            'ab'.center(5, '*')                        | **ab*
            'a'.rjust(3, '.')                          | ..a
            '²'.isdigit()                              | True
            '½'.isnumeric()                            | True
            '½'.isdigit()                              | False
            7¦round                                    | 7
            1234¦round(-2)                             | 1200
            2.5¦round                                  | 2.0
            '1f'¦int(0, 16)                            | 31
            '0x1f'¦int(0, 16)                          | 31
            'inf'¦float                                | inf
            '2.5f'¦float                               | 0.0
            nothing is lower                           | False
            '12' is upper                              | False
            'tojson' is filter                         | True
            'odd' is test                              | True
            ['\\u200b', '\\xa0']                       | ['\\u200b', '\\xa0']
            """)
    void expressionsHavePythonsValues(String expression, String expected) {
        assertThat(render("{{ " + expression.replace('¦', '|') + " }}")).isEqualTo(expected);
    }

    @Test
    void joiningAStringNeedsStrings() {
        assertThat(render("{{ l | join('-') }}")).isEqualTo("3-1-2");
        assertThatThrownBy(() -> render("{{ '-'.join(l) }}")).isInstanceOf(BadInputException.class);
    }

    @Test
    void aTupleAndAListDoNotAdd() {
        assertThatThrownBy(() -> render("{{ (1,) + [2] }}")).isInstanceOf(BadInputException.class);
    }
}
