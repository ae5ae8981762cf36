package dev.errata.pipeline.correct.openai;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What a server says of a request that it didn't answer, in the shapes that are about: OpenAI's
 * {@code {"error": {"message", "type", "param", "code"}}}, a text as {@code error}, FastAPI's {@code detail}.
 *
 * @param words for people; empty where there are none
 * @param code OpenAI's {@code code}, a word or a number; empty where there is none
 */
record ServerError(String words, String code, String type, String param, boolean flagged) {
    private static final Set<String> QUOTA = Set.of(
            "insufficient_quota",
            "insufficient_balance",
            "insufficient_credits",
            "insufficient_user_quota",
            "exceeded_current_quota_error",
            "billing_hard_limit_reached",
            "billing_not_active");
    private static final Set<String> UNKNOWN_MODEL = Set.of("model_not_found", "invalid_model", "unknown_model");
    private static final Set<String> FILTER = Set.of(
            "content_filter", "content_policy_violation", "responsibleaipolicyviolation", "data_inspection_failed");

    private static final Pattern QUOTA_WORDS =
            Pattern.compile("insufficient (?:balance|credits?|funds|quota)|exceeded your current quota|out of credits"
                    + "|credit balance is too low");
    private static final Pattern MODEL_WORDS = Pattern.compile(
            "(?:no such|unknown|invalid) model\\b|\\bmodel\\b.*(?:does not exist|doesn't exist|not found|is not a valid model)"
                    + "|is not a valid model");
    private static final Pattern KEY_WORDS = Pattern.compile("(?:invalid|incorrect) api key|api key (?:is )?not valid");
    private static final Pattern LIMIT_WORDS =
            Pattern.compile("max_tokens.*(?:not supported|unsupported|use '?max_completion_tokens|instead)"
                    + "|(?:unsupported|not supported).*max_tokens");
    private static final Pattern TEMPERATURE_WORDS = Pattern.compile(
            "temperature.*(?:support|default|deprecated|not allowed)|(?:support|deprecated).*temperature");

    /** Reads a body; one that is no JSON object is all words. */
    static ServerError of(JsonNode tree, String body) {
        JsonNode whole = tree.isArray() ? tree.path(0) : tree;
        JsonNode error = object(whole);
        if (!whole.isObject()) {
            return new ServerError(body.strip(), "", "", "", false);
        }
        String words = first(
                error.isTextual() ? error : error.path("message"),
                error.path("error").path("message"),
                whole.path("message"),
                whole.path("detail"),
                whole.path("detail").path(0).path("msg"),
                whole.path("errors").path(0).path("message"));
        return new ServerError(
                words.isEmpty() && !body.strip().equals("{}") ? body.strip() : words,
                error.path("code").asText(whole.path("code").asText("")),
                error.path("type").asText(""),
                error.path("param").asText(""),
                error.path("metadata").has("flagged_input"));
    }

    /** Whether a body that came with a good status holds an error all the same. */
    static boolean isIn(JsonNode tree) {
        JsonNode error = object(tree);
        return error.isTextual() ? !error.textValue().isBlank() : error.isObject() && !error.isEmpty();
    }

    private static JsonNode object(JsonNode tree) {
        JsonNode error = tree.path("error");
        return error.isMissingNode() || error.isNull()
                ? tree.path("choices").path(0).path("error")
                : error;
    }

    private static String first(JsonNode... candidates) {
        for (JsonNode each : candidates) {
            if (each.isTextual() && !each.textValue().isBlank()) {
                return each.textValue().strip();
            }
        }
        return "";
    }

    /** The HTTP status that the error's code stands for, or {@code absent}. */
    int statusOr(int absent) {
        return code.matches("[45]\\d\\d") ? Integer.parseInt(code) : absent;
    }

    private boolean hasCode(Set<String> codes) {
        return codes.contains(code.toLowerCase(Locale.ROOT)) || codes.contains(type.toLowerCase(Locale.ROOT));
    }

    private boolean says(Pattern pattern) {
        return pattern.matcher(words.toLowerCase(Locale.ROOT)).find();
    }

    /** Whether nothing more will be had for this account. Some servers say the same of a limit per minute, and when to come back. */
    boolean isQuota(boolean comesBack) {
        return hasCode(QUOTA) || (!comesBack && says(QUOTA_WORDS));
    }

    boolean isUnknownModel() {
        return hasCode(UNKNOWN_MODEL) || param.equals("model") || says(MODEL_WORDS);
    }

    boolean isWrongKey() {
        return code.equals("invalid_api_key") || says(KEY_WORDS);
    }

    boolean isContentFilter() {
        return flagged || hasCode(FILTER);
    }

    /** Whether it wants {@code max_completion_tokens} in place of {@code max_tokens}. */
    boolean wantsOtherLimit() {
        boolean unsupported = code.equals("unsupported_parameter") && param.equals("max_tokens");
        return unsupported || says(LIMIT_WORDS);
    }

    /** Whether it takes no temperature, or only its own. */
    boolean refusesTemperature() {
        boolean unsupported = code.startsWith("unsupported_") && param.equals("temperature");
        return unsupported || says(TEMPERATURE_WORDS);
    }
}
