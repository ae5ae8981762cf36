package dev.errata.pipeline.config;

import dev.errata.train.binding.Checked;
import dev.errata.train.binding.Default;
import dev.errata.train.binding.Nullable;
import dev.errata.train.binding.Place;
import dev.errata.train.binding.Range;

/**
 * An OpenAI-compatible endpoint as corrector.
 *
 * @param baseUrl without credentials; those belong into the environment variable
 * @param model its name there
 * @param apiKeyEnv the name of the environment variable that holds the key
 * @param temperature null: none is sent, for models that take no other than their own
 * @param maxTokens tokens of an answer at most
 * @param concurrency requests at a time
 * @param requestsPerMinute 0: no limit
 * @param totalTokens what all answers of a run may use together; 0: no limit
 * @param timeoutSeconds for one answer
 * @param maxRetries further tries of a request that failed for a reason that may pass
 */
public record OpenAiConfig(
        @Default("http://127.0.0.1:8000/v1") String baseUrl,
        String model,
        @Default("OPENAI_API_KEY") String apiKeyEnv,
        @Default("0.0") @Nullable @Range(min = 0) Double temperature,
        @Default("1024") @Range(min = 1) int maxTokens,
        @Default("4") @Range(min = 1, max = 256) int concurrency,
        @Default("0") @Range(min = 0) int requestsPerMinute,
        @Default("0") @Range(min = 0) long totalTokens,
        @Default("60.0") @Range(above = 0, max = 86400) double timeoutSeconds,
        @Default("6") @Range(min = 0, max = 100) int maxRetries)
        implements Checked {
    @Override
    public void check(Place place) {
        EndpointAddress address = EndpointAddress.of(baseUrl)
                .orElseThrow(() -> place.wrong(
                        "base_url",
                        "is " + EndpointAddress.shown(baseUrl),
                        "give an address as http://127.0.0.1:8000/v1"));
        if (address.holdsSecret()) {
            throw place.wrong(
                    "base_url",
                    "holds credentials",
                    "take them out of the address and put the key into the environment variable that api_key_env names");
        }
    }

    /** Where the endpoint is. */
    public EndpointAddress address() {
        return EndpointAddress.of(baseUrl).orElseThrow();
    }

    /** Host and port, as messages name the endpoint. */
    public String endpoint() {
        return address().name();
    }
}
