package dev.errata.train;

import dev.errata.model.decoder.Decoder;
import dev.errata.train.data.Example;
import java.util.List;

/** The mean loss over the target tokens of rows that are not trained. */
final class ValidationLoss {
    private final TargetLoss loss;
    private final List<Example> rows;
    private final int batch;

    /**
     * @param rows at least one, each with a target
     * @param batch how many at a time
     */
    ValidationLoss(Decoder decoder, List<Example> rows, int batch) {
        this.loss = new TargetLoss(decoder);
        this.rows = rows;
        this.batch = batch;
    }

    double measure() {
        double sum = 0;
        for (int from = 0; from < rows.size(); from += batch) {
            sum += loss.sum(rows.subList(from, Math.min(rows.size(), from + batch)));
        }
        return sum / rows.stream().mapToLong(Example::targets).sum();
    }
}
