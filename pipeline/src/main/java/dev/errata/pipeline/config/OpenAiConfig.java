package dev.errata.pipeline.config;

import dev.errata.train.config.Checked;
import dev.errata.train.config.Default;
import dev.errata.train.config.Place;
import dev.errata.train.config.Range;
import java.net.URI;
import java.net.URISyntaxException;

/**
 * An OpenAI-compatible endpoint as corrector.
 *
 * @param apiKeyEnv the name of the environment variable that holds the key
 * @param requestsPerMinute 0: no limit
 * @param totalTokens what all answers of a run may use together; 0: no limit
 */
public record OpenAiConfig(
        @Default("http://127.0.0.1:8000/v1") String baseUrl,
        String model,
        @Default("OPENAI_API_KEY") String apiKeyEnv,
        @Default("0.0") @Range(min = 0) double temperature,
        @Default("1024") @Range(min = 1) int maxTokens,
        @Default("4") @Range(min = 1, max = 256) int concurrency,
        @Default("0") @Range(min = 0) int requestsPerMinute,
        @Default("0") @Range(min = 0) long totalTokens,
        @Default("60.0") @Range(above = 0, max = 86400) double timeoutSeconds,
        @Default("6") @Range(min = 0, max = 100) int maxRetries)
        implements Checked {
    @Override
    public void check(Place place) {
        try {
            URI address = new URI(baseUrl);
            String scheme = String.valueOf(address.getScheme());
            if (address.getHost() == null || !(scheme.equals("http") || scheme.equals("https"))) {
                throw place.wrong("base_url", "is " + baseUrl, "give an address as http://127.0.0.1:8000/v1");
            }
        } catch (URISyntaxException e) {
            throw place.wrong("base_url", "is " + baseUrl, "give an address as http://127.0.0.1:8000/v1");
        }
    }

    /** The address that gets the requests. */
    public URI completions() {
        return URI.create(baseUrl.replaceAll("/+$", "") + "/chat/completions");
    }

    /** Host and port, as messages name the endpoint. */
    public String endpoint() {
        return URI.create(baseUrl).getAuthority();
    }
}
