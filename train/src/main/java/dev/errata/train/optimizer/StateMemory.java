package dev.errata.train.optimizer;

import dev.errata.tensor.MemoryRules;
import dev.errata.tensor.Tensor;
import dev.errata.train.config.OptimizerConfig;
import java.util.Collection;
import java.util.List;

/**
 * What AdamW's moments take.
 *
 * @param resident bytes in memory; of paged moments the pages that are in memory at a time, with those of the host
 *     through which they stream
 * @param paged bytes of the page file; 0 where everything fits into memory
 */
public record StateMemory(long resident, long paged) {
    /** Of moments that are paged only where they exceed the budget. */
    public static StateMemory of(OptimizerConfig config, Collection<Tensor> trainable) {
        List<StateFormat> formats = trainable.stream()
                .map(tensor -> StateFormat.of(config, tensor.elements()))
                .toList();
        long[] elements = trainable.stream().mapToLong(Tensor::elements).toArray();
        long all = 0;
        for (int i = 0; i < elements.length; i++) {
            all += MemoryRules.HOST.rounded(formats.get(i).bytes(elements[i]));
        }
        PageBudget budget = PageBudget.ofMebibytes(config.pageBudgetMb());
        if (!config.paged() || all <= budget.bytes()) {
            return new StateMemory(all, 0);
        }
        PageLayout layout = new PageLayout(formats, elements, budget.pageBytes());
        long pages = (long) PagedStates.kept(layout, budget) + PageBudget.IN_MOTION;
        return new StateMemory(pages * budget.pageBytes(), layout.fileBytes());
    }
}
