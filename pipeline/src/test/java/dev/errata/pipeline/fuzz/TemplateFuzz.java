package dev.errata.pipeline.fuzz;

import dev.errata.model.chat.ChatTemplate;
import dev.errata.model.chat.TemplateRaisedException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Chat templates, read and run. */
public final class TemplateFuzz {
    /** A template is a program: its steps are bounded, not what it makes of its own size. In bytes, garbage included. */
    static final long BOUND = 4L << 30;

    private static final List<Map<String, Object>> MESSAGES = List.of(
            Map.of("role", "system", "content", "Be brief."),
            Map.of("role", "user", "content", "What is 2 + 2?\n"),
            Map.of("role", "assistant", "content", "4", "tool_calls", List.of(Map.of("name", "f"))));
    private static final Map<String, Object> VARIABLES =
            Map.of("bos_token", "<s>", "eos_token", "</s>", "tools", List.of(Map.of("type", "function")), "n", 3);

    private TemplateFuzz() {}

    /** Reads and runs one input. */
    public static void fuzzerTestOneInput(byte[] input) {
        String source = new String(input, StandardCharsets.UTF_8);
        Trial.run(BOUND, input.length, () -> render(ChatTemplate.parse(source, "fuzz.jinja"), VARIABLES));
    }

    static void render(ChatTemplate template, Map<String, Object> variables) {
        try {
            template.render(MESSAGES, true, variables);
        } catch (TemplateRaisedException refused) {
            if (refused.getMessage() == null) {
                throw new AssertionError("a refusal without its text", refused);
            }
        }
    }
}
