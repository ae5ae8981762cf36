package dev.errata.model.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.tensor.BadInputException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TargetModulesTest {
    private static final String Q0 = "model.layers.0.self_attn.q_proj";
    private static final String Q1 = "model.layers.1.self_attn.q_proj";
    private static final String Q10 = "model.layers.10.self_attn.q_proj";

    private static boolean matches(TargetModules targets, String module) {
        return targets.match(module, !module.equals("lm_head"), "here");
    }

    private static TargetModules layers(List<String> patterns, Integer... layers) {
        return new TargetModules(List.of("q_proj"), null, List.of(), null, List.of(layers), patterns);
    }

    private static TargetModules expression(String regex) {
        return new TargetModules(List.of(), regex, List.of(), null, List.of(), List.of());
    }

    @Test
    void aNameIsWholeOrEndsAtADot() {
        TargetModules targets = TargetModules.named(List.of("q_proj", "layers.1.mlp.up_proj"));
        assertThat(matches(targets, Q0)).isTrue();
        assertThat(matches(targets, "model.layers.1.mlp.up_proj")).isTrue();
        assertThat(matches(targets, "model.layers.11.mlp.up_proj")).isFalse();
        assertThat(matches(targets, "model.layers.0.self_attn.qq_proj")).isFalse();
    }

    @Test
    void allLinearMeansTheBlocksAndNotTheOutputLayer() {
        TargetModules targets = TargetModules.named(List.of("all-linear"));
        assertThat(matches(targets, Q0)).isTrue();
        assertThat(matches(targets, "lm_head")).isFalse();
    }

    @Test
    void anExpressionMustMatchTheWholeName() {
        assertThat(matches(expression(".*layers\\.[01]\\..*q_proj"), Q1)).isTrue();
        assertThat(matches(expression(".*layers\\.[01]\\..*q_proj"), Q10)).isFalse();
        assertThat(matches(expression("q_proj"), Q0)).isFalse();
        assertThat(matches(expression("(?P<all>.*)q_proj"), Q0)).isTrue();
    }

    @Test
    void layersAreCountedInTheListOfBlocks() {
        assertThat(matches(layers(List.of(), 1), Q1)).isTrue();
        assertThat(matches(layers(List.of(), 1), Q0)).isFalse();
        assertThat(matches(layers(List.of(), 1), Q10)).isFalse();
        assertThat(matches(layers(List.of("layers"), 0, 10), Q10)).isTrue();
        assertThat(matches(layers(List.of("blocks"), 0, 10), Q10)).isFalse();
    }

    @Test
    void whatIsExcludedIsNotMatched() {
        TargetModules names = new TargetModules(
                List.of("all-linear"), null, List.of("layers.0.self_attn.q_proj"), null, List.of(), List.of());
        assertThat(matches(names, Q0)).isFalse();
        assertThat(matches(names, Q1)).isTrue();
        TargetModules regex =
                new TargetModules(List.of("q_proj"), null, List.of(), ".*layers\\.1\\..*", List.of(), List.of());
        assertThat(matches(regex, Q0)).isTrue();
        assertThat(matches(regex, Q1)).isFalse();
    }

    @Test
    void anExpressionThatIsNoneOrNeverEndsIsNamed() {
        assertThatThrownBy(() -> matches(expression("(q_proj"), Q0))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("target_modules is no regular expression")
                .hasMessageContaining("here");
        assertThatThrownBy(() -> matches(expression("(([a-z._0-9]+)+)+!"), Q0))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("target_modules takes too long");
    }

    @Test
    void ranksAndAlphasGoByTheFirstPatternThatFits() {
        Map<String, Integer> ranks = new LinkedHashMap<>();
        ranks.put("layers\\.\\d+\\.mlp\\..*", 3);
        ranks.put("up_proj", 5);
        ranks.put("q_proj", 2);
        LoraSpec config = new LoraSpec(
                null,
                8,
                16,
                0,
                TargetModules.named(List.of("all-linear")),
                true,
                false,
                SavedModules.NONE,
                ranks,
                Map.of("layers.1.self_attn.q_proj", 10.0),
                "here");
        assertThat(config.rank("model.layers.0.mlp.up_proj")).isEqualTo(3);
        assertThat(config.rank(Q0)).isEqualTo(2);
        assertThat(config.rank("model.layers.0.self_attn.k_proj")).isEqualTo(8);
        assertThat(config.scale(Q0)).isEqualTo((float) (16 / Math.sqrt(2)));
        assertThat(config.scale(Q1)).isEqualTo((float) (10 / Math.sqrt(2)));
    }

    @Test
    void whatIsSavedWholeGetsNoAddition() {
        SavedModules saved = new SavedModules(List.of("mlp", "norm"), "lora_only", false);
        LoraSpec config =
                LoraSpec.plain(null, 2, 4, 0, List.of("all-linear"), "here").withSaved(saved);
        assertThat(config.adapts("model.layers.0.mlp.up_proj", true)).isFalse();
        assertThat(config.adapts(Q0, true)).isTrue();
        assertThat(saved.holds("model.layers.0.mlp.up_proj.weight")).isTrue();
        assertThat(saved.holds("model.layers.0.input_layernorm.weight")).isTrue();
        assertThat(saved.holds(Q0 + ".weight")).isFalse();
        assertThat(saved.holdsBias(Q0 + ".bias", true)).isTrue();
        assertThat(saved.holdsBias(Q0 + ".bias", false)).isFalse();
    }
}
