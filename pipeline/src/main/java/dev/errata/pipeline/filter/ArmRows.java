package dev.errata.pipeline.filter;

import dev.errata.pipeline.config.ArmConfig;
import dev.errata.pipeline.config.FilterConfig;
import dev.errata.pipeline.config.RowChoice;
import dev.errata.pipeline.format.CorrectionPart;
import dev.errata.pipeline.record.TrainingRow;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/**
 * The rows of each arm; the same for the same pool, arms and seed on every machine.
 *
 * @param own reads the rows of a file
 * @param tokens of a row that are trained, for arms with as many tokens as another
 */
public record ArmRows(
        FilterConfig filter, RowPool pool, Function<Path, List<TrainingRow>> own, ToIntFunction<TrainingRow> tokens) {
    /** What an arm is trained on; {@code arms} holds those that its tokens may be like. */
    public List<TrainingRow> of(ArmConfig arm, List<ArmConfig> arms) {
        return of(arm, arms, new HashMap<>());
    }

    private List<TrainingRow> of(ArmConfig arm, List<ArmConfig> arms, Map<String, List<TrainingRow>> made) {
        List<TrainingRow> known = made.get(arm.name());
        if (known != null) {
            return known;
        }
        List<TrainingRow> rows = mixture(arm);
        if (arm.like().isPresent()) {
            ArmConfig other = arms.stream()
                    .filter(each -> each.name().equals(arm.like().get()))
                    .findFirst()
                    .orElseThrow();
            long wanted =
                    of(other, arms, made).stream().mapToLong(tokens::applyAsInt).sum();
            rows = EqualTokens.of(arm.name(), rows, wanted, tokens, pool.seed());
        }
        made.put(arm.name(), rows);
        return rows;
    }

    private List<TrainingRow> mixture(ArmConfig arm) {
        return switch (arm.name()) {
            case ArmConfig.COT -> pool.cot();
            case ArmConfig.LEMA -> filter.mode().equals("replace") ? replaced(filter.correctionShare()) : added();
            default -> mixed(arm);
        };
    }

    /** All solutions and all corrections. */
    private List<TrainingRow> added() {
        List<TrainingRow> rows = new ArrayList<>(pool.cot());
        rows.addAll(pool.corrections(CorrectionPart.ALL));
        return List.copyOf(rows);
    }

    /**
     * Some solutions give way to corrections, so that the size stays.
     *
     * @param share the most that give way, from 0 to 1. Above 0 at least one does, and at least one stays, as far as there
     *     are two rows and a kept correction.
     */
    private List<TrainingRow> replaced(double share) {
        List<TrainingRow> rows = new ArrayList<>(pool.cot());
        List<TrainingRow> corrections = pool.corrections(CorrectionPart.ALL);
        int most = Math.min(corrections.size(), rows.size() - 1);
        int wanted = (int) Math.round(share * rows.size());
        int count = share > 0 ? Math.max(0, Math.min(most, Math.max(1, wanted))) : 0;
        int[] leaving = pool.leaving();
        int[] coming = pool.coming();
        for (int i = 0; i < count; i++) {
            rows.set(leaving[i], corrections.get(coming[i]));
        }
        return List.copyOf(rows);
    }

    /** Chain-of-thought rows, then corrected solutions, then corrections, each in the order of the problems. */
    private List<TrainingRow> mixed(ArmConfig arm) {
        List<TrainingRow> rows = new ArrayList<>(
                switch (arm.cot()) {
                    case RowChoice.All _ -> pool.cot();
                    case RowChoice.None _ -> List.of();
                    case RowChoice.Some(int count) -> pool.cot(count);
                    case RowChoice.OfFile(Path file) -> own.apply(file);
                });
        rows.addAll(ofKept(arm.corrected(), pool.corrected()));
        if (!arm.corrections().equals(RowChoice.NONE)) {
            Set<CorrectionPart> parts = CorrectionPart.named(arm.parts());
            rows.addAll(ofKept(arm.corrections(), pool.corrections(parts)));
        }
        return List.copyOf(rows);
    }

    /** What an arm asks for more of than there is, as sentences; it takes what there is. */
    public List<String> shortfalls(ArmConfig arm) {
        List<String> said = new ArrayList<>();
        shortfall(arm, arm.cot(), pool.cot().size(), "CoT rows").ifPresent(said::add);
        shortfall(arm, arm.corrected(), pool.kept().size(), "corrected solutions")
                .ifPresent(said::add);
        shortfall(arm, arm.corrections(), pool.kept().size(), "corrections").ifPresent(said::add);
        return said;
    }

    private static Optional<String> shortfall(ArmConfig arm, RowChoice choice, int there, String what) {
        return choice instanceof RowChoice.Some(int count) && count > there
                ? Optional.of("arm " + arm.name() + " asks for " + count + " " + what + " and takes the " + there
                        + " that there are")
                : Optional.empty();
    }

    private List<TrainingRow> ofKept(RowChoice choice, List<TrainingRow> all) {
        return switch (choice) {
            case RowChoice.All _ -> all;
            case RowChoice.Some(int count) -> pool.joining(all, count);
            case RowChoice.None _, RowChoice.OfFile _ -> List.of();
        };
    }
}
