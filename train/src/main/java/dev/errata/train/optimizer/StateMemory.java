package dev.errata.train.optimizer;

import dev.errata.tensor.MemoryRules;
import dev.errata.train.config.OptimizerConfig;
import java.util.List;

/**
 * What an optimizer's state takes.
 *
 * @param resident bytes in memory; of paged state the pages that are in memory at a time, with those of the host
 *     through which they stream
 * @param paged bytes of the page file; 0 where everything fits into memory
 */
public record StateMemory(long resident, long paged) {
    /**
     * Of state that is paged only where it exceeds the budget.
     *
     * @param rules of the backend that would hold it
     */
    public static StateMemory of(OptimizerConfig config, FlatLayout layout, MemoryRules rules) {
        List<StateFormat> formats =
                layout.runs().stream().map(FlatLayout.Run::format).toList();
        long[] elements =
                layout.runs().stream().mapToLong(FlatLayout.Run::elements).toArray();
        long all = rules.rounded(ResidentStates.bytes(formats, elements));
        PageBudget budget = PageBudget.ofMebibytes(config.pageBudgetMb());
        if (!config.paged() || all <= budget.bytes()) {
            return new StateMemory(all, 0);
        }
        PageLayout paged = new PageLayout(formats, elements, budget.pageBytes());
        long pages = (long) PagedStates.kept(paged, budget) + PageBudget.IN_MOTION;
        return new StateMemory(pages * budget.pageBytes(), paged.fileBytes());
    }
}
