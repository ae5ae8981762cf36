package dev.errata.train;

import dev.errata.model.decoder.Decoder;
import dev.errata.train.data.Example;
import dev.errata.train.data.MicroBatches;
import java.util.List;

/** The mean loss over the target tokens of rows that are not trained. */
final class ValidationLoss {
    private final TargetLoss loss;
    private final List<List<Example>> batches;
    private final long targets;

    /**
     * @param rows at least one, each with a target
     */
    ValidationLoss(Decoder decoder, List<Example> rows, MicroBatches microBatches) {
        this.loss = new TargetLoss(decoder);
        this.batches = microBatches.split(rows);
        this.targets = rows.stream().mapToLong(Example::targets).sum();
    }

    double measure() {
        double sum = 0;
        for (List<Example> batch : batches) {
            sum += loss.sum(batch);
        }
        return sum / targets;
    }
}
