package dev.errata.pipeline.serve;

import dev.errata.model.generate.EngineStatus;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/** What {@code /metrics} tells, in Prometheus's text format. Counters begin at the start of the server. */
final class ServerMetrics {
    /** The type of the text, with its version. */
    static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";

    /** RequestEvents by path and status. */
    private final Map<String, AtomicLong> answers = new TreeMap<>();

    private final Histogram firstToken = new Histogram(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30);
    private final Histogram duration = new Histogram(0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 600);

    /** A request was answered; {@code path} is one of the few that there are. */
    void answered(String path, int status, long nanos) {
        String labels = "{path=\"" + path + "\",status=\"" + status + "\"}";
        synchronized (answers) {
            answers.computeIfAbsent(labels, _ -> new AtomicLong()).incrementAndGet();
        }
        duration.add(nanos / 1e9);
    }

    /** A request has its first token. */
    void firstToken(long nanos) {
        firstToken.add(nanos / 1e9);
    }

    /** The text, of these counts and what the engine is at. */
    String text(EngineStatus engine, int sequences) {
        StringBuilder text = new StringBuilder();
        head(
                text,
                "errata_http_requests_total",
                "counter",
                "Requests that were answered; 499: the client went away first.");
        synchronized (answers) {
            answers.forEach((labels, count) -> text.append("errata_http_requests_total")
                    .append(labels)
                    .append(' ')
                    .append(count)
                    .append('\n'));
        }
        duration.write(text, "errata_http_request_seconds", "From the whole request to the end of its answer.");
        firstToken.write(text, "errata_first_token_seconds", "From the whole request to its first token.");
        one(text, "errata_prompt_tokens_total", "counter", "Tokens of prompts that were read.", engine.promptTokens());
        one(
                text,
                "errata_shared_prompt_tokens_total",
                "counter",
                "Tokens of prompts that were in the cache already.",
                engine.sharedTokens());
        one(text, "errata_new_tokens_total", "counter", "Tokens that were written.", engine.newTokens());
        one(text, "errata_sequences_in_hand", "gauge", "Sequences asked for and not ended.", sequences);
        one(text, "errata_sequences_running", "gauge", "Sequences that have a slot.", engine.running());
        one(text, "errata_sequences_waiting", "gauge", "Sequences that wait for a slot.", engine.waiting());
        one(
                text,
                "errata_sequences_put_back_total",
                "counter",
                "Times that a sequence gave its memory to others and was read again.",
                engine.putBack());
        one(text, "errata_kv_blocks_held", "gauge", "Blocks of keys and values in use.", engine.heldBlocks());
        one(
                text,
                "errata_kv_blocks_cached",
                "gauge",
                "Blocks kept for prompts that begin alike.",
                engine.cachedBlocks());
        one(text, "errata_kv_blocks_limit", "gauge", "Blocks that there may be.", engine.mostBlocks());
        return text.toString();
    }

    private static void head(StringBuilder text, String name, String type, String help) {
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }

    private static void one(StringBuilder text, String name, String type, String help, long value) {
        head(text, name, type, help);
        text.append(name).append(' ').append(value).append('\n');
    }

    /** Counts of what is at most each of some bounds. */
    private static final class Histogram {
        private final double[] bounds;
        private final long[] counts;
        private double sum;

        Histogram(double... bounds) {
            this.bounds = bounds;
            this.counts = new long[bounds.length + 1];
        }

        synchronized void add(double value) {
            int bucket = 0;
            while (bucket < bounds.length && value > bounds[bucket]) {
                bucket++;
            }
            counts[bucket]++;
            sum += value;
        }

        synchronized void write(StringBuilder text, String name, String help) {
            head(text, name, "histogram", help);
            long total = 0;
            for (int bucket = 0; bucket < counts.length; bucket++) {
                total += counts[bucket];
                String bound = bucket == bounds.length ? "+Inf" : Double.toString(bounds[bucket]);
                text.append(name)
                        .append("_bucket{le=\"")
                        .append(bound)
                        .append("\"} ")
                        .append(total)
                        .append('\n');
            }
            text.append(name).append("_sum ").append(sum).append('\n');
            text.append(name).append("_count ").append(total).append('\n');
        }
    }
}
