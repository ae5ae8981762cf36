package dev.errata.model.generate;

import dev.errata.tensor.ErrataException;
import java.util.ArrayList;
import java.util.List;

/** Requests that are answered together and told one after another. */
final class RequestsInOrder {
    private final GenerationResult[] results;
    private final List<Ticket> tickets = new ArrayList<>();
    private ErrataException failure;
    private int told;

    private RequestsInOrder(int count) {
        this.results = new GenerationResult[count];
    }

    /**
     * Makes steps until all are answered, or one has failed; the others are taken back then.
     *
     * @throws ErrataException the first failure
     */
    static void answer(GenerationEngine engine, List<GenerationRequest> requests, OrderedResults listener) {
        RequestsInOrder work = new RequestsInOrder(requests.size());
        try {
            for (int place = 0; place < requests.size(); place++) {
                work.tickets.add(engine.submit(requests.get(place), work.listener(place)));
            }
            while (work.told < work.results.length) {
                engine.step();
                work.tell(listener);
                listener.stepped();
            }
        } finally {
            if (work.told < work.results.length) {
                work.tickets.forEach(engine::cancel);
                engine.step();
            }
        }
    }

    private void tell(OrderedResults listener) {
        if (failure != null) {
            throw failure;
        }
        while (told < results.length && results[told] != null) {
            GenerationResult result = results[told];
            results[told] = null;
            listener.answered(told++, result);
        }
    }

    private GenerationListener listener(int place) {
        return new GenerationListener() {
            @Override
            public void completed(GenerationResult result) {
                results[place] = result;
            }

            @Override
            public void failed(ErrataException cause) {
                failure = failure == null ? cause : failure;
            }
        };
    }
}
