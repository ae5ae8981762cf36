package dev.errata.model.generate;

import java.util.Set;
import java.util.function.Supplier;

/**
 * What ends a sequence apart from its length, with {@link Finish#STOP}.
 *
 * @param ids tokens that end it; such a token is the last of the ids given
 * @param rules makes the rule of one more sequence, as by stop texts; the token that completes a stop text is the last of
 *     the ids given
 */
public record StopConditions(Set<Integer> ids, Supplier<StopRule> rules) {
    /** Nothing but the length. */
    public static final StopConditions NONE = new StopConditions(Set.of(), () -> StopRule.NEVER);

    public StopConditions {
        ids = Set.copyOf(ids);
    }

    /** These tokens alone. */
    public static StopConditions of(Set<Integer> ids) {
        return new StopConditions(ids, () -> StopRule.NEVER);
    }
}
