package dev.errata.bench.gpu.check;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.errata.bench.gpu.GpuCard;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What {@code gpu-check} has compared so far.
 *
 * @param cases of operators that were run, the first ones of the table
 * @param allCases of the table
 * @param operators in alphabetical order
 * @param models in the order in which they are done
 * @param allModels how many there are to do
 * @param kernels that were launched, of any part
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
record GpuCheckResult(
        GpuCard card,
        int cases,
        int allCases,
        List<CheckedOperator> operators,
        List<CheckedModel> models,
        int allModels,
        Set<String> kernels) {
    static GpuCheckResult none(GpuCard card, int allCases, int allModels) {
        return new GpuCheckResult(card, 0, allCases, List.of(), List.of(), allModels, Set.of());
    }

    /** With the next case's rows. */
    GpuCheckResult with(List<CheckedOperator> more) {
        TreeMap<String, CheckedOperator> rows = new TreeMap<>();
        operators.forEach(each -> rows.put(each.operator(), each));
        more.forEach(row -> rows.merge(row.operator(), row, CheckedOperator::and));
        return new GpuCheckResult(card, cases + 1, allCases, List.copyOf(rows.values()), models, allModels, kernels);
    }

    GpuCheckResult with(CheckedModel row) {
        List<CheckedModel> rows = new ArrayList<>(models);
        rows.add(row);
        return new GpuCheckResult(card, cases, allCases, operators, rows, allModels, kernels);
    }

    GpuCheckResult withKernels(Collection<String> launched) {
        Set<String> all = new TreeSet<>(kernels);
        all.addAll(launched);
        return new GpuCheckResult(card, cases, allCases, operators, models, allModels, all);
    }

    boolean isWhole() {
        return cases == allCases && models.size() == allModels;
    }

    /** How many operators and models differ from the CPU by more than they may. */
    int failed() {
        return Math.toIntExact(operators.stream().filter(row -> !row.passed()).count()
                + models.stream().filter(row -> !row.passed()).count());
    }
}
