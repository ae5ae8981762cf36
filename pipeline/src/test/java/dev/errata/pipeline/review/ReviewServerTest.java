package dev.errata.pipeline.review;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.run.RunFolder;
import dev.errata.pipeline.serve.TestHttpClient;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ReviewServerTest {
    @TempDir
    private Path folder;

    private static HttpResponse<String> send(ReviewServer server, String path, String body, String... headers)
            throws IOException, InterruptedException {
        try (HttpClient client = TestHttpClient.open()) {
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path));
            if (body != null) {
                request.header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(body));
            }
            if (headers.length > 0) {
                request.headers(headers);
            }
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        }
    }

    private static JsonNode json(ReviewServer server, String path, String body) throws Exception {
        HttpResponse<String> response = send(server, path, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return Json.parse(response.body());
    }

    private static String rating(JsonNode correction, String rater, String level) {
        return "{\"problem_id\":\"" + correction.get("problem_id").asText() + "\",\"sample\":0,\"rater\":\"" + rater
                + "\",\"rating\":\"" + level + "\"}";
    }

    @Test
    void ratingsAreKeptAndAReviewGoesOnWhereItWasLeft() throws Exception {
        RunFolder run = ReviewedRun.in(folder, 5);
        JsonNode second;
        try (ReviewServer server = new ReviewServer(run, 50, 0, 0)) {
            assertThat(server.corrections()).isEqualTo(5);
            second = json(server, "/corrections/1", null);
            assertThat(second.get("wrong_steps")).hasSize(2);
            assertThat(second.get("right_steps").get(0).asText()).startsWith("Doubled ");
            assertThat(second.get("first_step").asInt()).isEqualTo(2);
            json(server, "/ratings", rating(second, "Ann", "good"));
            assertThat(Files.readAllLines(RatingLog.file(run))).hasSize(1); // before the server ends
        }
        try (ReviewServer server = new ReviewServer(run, 50, 0, 0)) {
            assertThat(json(server, "/corrections/1", null)).isEqualTo(second);
            JsonNode ratings = json(server, "/session", "{\"rater\":\"Ann\"}").get("ratings");
            assertThat(ratings.toString()).isEqualTo("[null,\"good\",null,null,null]");
            assertThat(json(server, "/session", "{\"rater\":\"Bob\"}")
                            .get("ratings")
                            .toString())
                    .isEqualTo("[null,null,null,null,null]");
            json(server, "/ratings", rating(second, "Bob", "poor"));
            JsonNode shares = json(server, "/shares", null);
            assertThat(shares.get("raters")
                            .get("Ann")
                            .get("levels")
                            .get("good")
                            .get("count")
                            .asInt())
                    .isEqualTo(1);
            assertThat(shares.get("agreement").get(0).get("both").asInt()).isEqualTo(1);
        }
    }

    @Test
    void everyRaterSeesTheSameDrawAndOnlyKeptCorrections() throws Exception {
        RunFolder run = ReviewedRun.in(folder, 30);
        Set<String> seen = new HashSet<>();
        try (ReviewServer server = new ReviewServer(run, 50, 0, 0)) {
            for (int i = 0; i < server.corrections(); i++) {
                seen.add(json(server, "/corrections/" + i, null)
                        .get("problem_id")
                        .asText());
            }
            assertThat(seen).hasSize(30).doesNotContain("p30");
            try (ReviewServer few = new ReviewServer(ReviewedRun.in(folder.resolve("other"), 30), 4, 0, 0)) {
                for (int i = 0; i < 4; i++) {
                    assertThat(json(few, "/corrections/" + i, null)).isEqualTo(json(server, "/corrections/" + i, null));
                }
            }
        }
    }

    @Test
    void whatIsNoRatingIsRefusedAndKeepsNothing() throws Exception {
        RunFolder run = ReviewedRun.in(folder, 3);
        try (ReviewServer server = new ReviewServer(run, 50, 0, 0)) {
            JsonNode first = json(server, "/corrections/0", null);
            String good = rating(first, "Ann", "good");
            for (String wrong : new String[] {
                good.replace("\"good\"", "\"fine\""),
                good.replace("\"sample\":0", "\"sample\":7"),
                good.replace("Ann", " "),
                good.replace("Ann", "A".repeat(65)),
                good.replace("Ann", "A\\nB"),
                good.replace("}", ",\"more\":1}"),
                "[]",
                ""
            }) {
                assertThat(send(server, "/ratings", wrong).statusCode())
                        .as(wrong)
                        .isEqualTo(400);
            }
            assertThat(send(server, "/corrections/3", null).statusCode()).isEqualTo(404);
            assertThat(send(server, "/corrections/-1", null).statusCode()).isEqualTo(404);
            assertThat(send(server, "/corrections/99999999999", null).statusCode())
                    .isEqualTo(404);
            assertThat(send(server, "/ratings", null).statusCode()).isEqualTo(405);
            assertThat(send(server, "/ratings", "x".repeat(70_000)).statusCode())
                    .isEqualTo(413);
            assertThat(Files.readString(RatingLog.file(run))).isEmpty();
        }
    }

    /** What a page of another site may send without asking first is no JSON. */
    @Test
    void pagesOfOtherSitesCannotRate() throws Exception {
        RunFolder run = ReviewedRun.in(folder, 3);
        try (ReviewServer server = new ReviewServer(run, 50, 0, 0);
                HttpClient client = TestHttpClient.open()) {
            String body = rating(json(server, "/corrections/0", null), "Ann", "good");
            HttpRequest plain = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/ratings"))
                    .header("Content-Type", "text/plain")
                    .POST(HttpRequest.BodyPublishers.ofString(body))
                    .build();
            assertThat(client.send(plain, HttpResponse.BodyHandlers.ofString()).statusCode())
                    .isEqualTo(415);
            assertThat(RatingLog.read(run)).isEmpty();
        }
    }

    @Test
    void thePageHoldsAllThatItNeedsAndBuildsNoHtmlOfTexts() throws Exception {
        try (ReviewServer server = new ReviewServer(ReviewedRun.in(folder, 3), 50, 0, 0)) {
            HttpResponse<String> page = send(server, "/", null);
            assertThat(page.body()).doesNotContain("http://", "https://", "innerHTML", "eval(");
            assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
                    .contains("default-src 'none'", "frame-ancestors 'none'");
        }
    }

    @Test
    void aRunWithoutKeptCorrectionsIsRefused() throws IOException {
        RunFolder run = ReviewedRun.in(folder, 0);
        assertThatThrownBy(() -> new ReviewServer(run, 50, 0, 0))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("no kept correction");
        assertThat(RatingLog.file(run)).doesNotExist();
    }
}
