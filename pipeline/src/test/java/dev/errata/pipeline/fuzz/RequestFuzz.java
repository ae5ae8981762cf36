package dev.errata.pipeline.fuzz;

import dev.errata.model.text.ModelText;
import dev.errata.pipeline.serve.RequestBodies;
import dev.errata.pipeline.serve.RequestDefaults;
import dev.errata.pipeline.serve.http.RequestFault;
import dev.errata.tensor.sampling.SamplerSettings;

/** Bodies of requests to the server: settings, messages, variables of the template. */
public final class RequestFuzz {
    private static final ModelText TEXT = ChatText.open();
    private static final RequestDefaults DEFAULTS = new RequestDefaults(SamplerSettings.GREEDY, 0L);

    private RequestFuzz() {}

    /** Reads one input. */
    public static void fuzzerTestOneInput(byte[] input) {
        Trial.run(input.length, () -> {
            try {
                RequestBodies.read(input, DEFAULTS, TEXT);
            } catch (RequestFault refused) {
                if (refused.getMessage() == null || refused.getMessage().isBlank()) {
                    throw new AssertionError("no word about what is wrong", refused);
                }
            }
        });
    }
}
