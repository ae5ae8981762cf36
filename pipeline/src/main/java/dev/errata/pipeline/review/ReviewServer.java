package dev.errata.pipeline.review;

import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.record.PathKey;
import dev.errata.pipeline.review.Rating.Level;
import dev.errata.pipeline.run.RunFolder;
import dev.errata.pipeline.serve.BodyFields;
import dev.errata.pipeline.serve.http.AccessRules;
import dev.errata.pipeline.serve.http.Exchange;
import dev.errata.pipeline.serve.http.HttpLimits;
import dev.errata.pipeline.serve.http.PathTable;
import dev.errata.pipeline.serve.http.RequestFault;
import dev.errata.pipeline.serve.http.RequestHead;
import dev.errata.pipeline.serve.http.Router;
import dev.errata.pipeline.serve.http.ServedPage;
import dev.errata.pipeline.serve.http.WebServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The review's page and what it asks for, for programs of this machine alone. */
public final class ReviewServer implements AutoCloseable, Router {
    private static final HttpLimits LIMITS = new HttpLimits(1 << 16, 60, 64);
    private static final ServedPage PAGE = ServedPage.of(ReviewServer.class, "review");
    private static final String CORRECTIONS = "/corrections";

    private final RunFolder run;
    private final List<ReviewedCorrection> corrections;
    private final Map<PathKey, Integer> places = new LinkedHashMap<>();
    private final AccessRules access = new AccessRules(null, false);
    private final PathTable paths = new PathTable();
    private final RatingLog ratings;
    private final WebServer web;

    /**
     * Begins to listen.
     *
     * @param count how many corrections are shown at most, drawn by the seed
     * @param port 0 for any that is free
     * @throws dev.errata.tensor.BadInputException if there is nothing to review, somebody else reviews this run, or the port
     *     can't be had
     */
    public ReviewServer(RunFolder run, int count, long seed, int port) {
        this.run = run;
        corrections = ReviewedCorrection.drawn(run, count, seed);
        for (int i = 0; i < corrections.size(); i++) {
            places.put(corrections.get(i).key(), i);
        }
        paths.open("/", PAGE::answer)
                .get("/shares", this::shares)
                .getBelow(CORRECTIONS, this::correction)
                .post("/session", this::session)
                .post("/ratings", this::rate);
        ratings = RatingLog.open(run);
        try {
            web = new WebServer(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), this, LIMITS);
        } catch (RuntimeException e) {
            ratings.close();
            throw e;
        }
    }

    /** The port that is listened on. */
    public int port() {
        return web.port();
    }

    /** How many corrections are shown. */
    public int corrections() {
        return corrections.size();
    }

    @Override
    public Handler route(RequestHead head) {
        access.checkName(head);
        PathTable.Route route = paths.find(head);
        route.requireJson(head);
        return route.handler();
    }

    @Override
    public void answered(RequestHead head, int status, long nanos) {}

    /** {@code GET /shares}: what {@code review --report} prints. */
    private void shares(Exchange exchange) {
        exchange.json(200, Json.line(RatingShares.of(run, ratings.all())));
    }

    /** {@code GET /corrections/N}, from 0. */
    private void correction(Exchange exchange) {
        String number = exchange.head().path().substring(CORRECTIONS.length() + 1);
        int place = number.matches("\\d{1,9}") ? Integer.parseInt(number) : -1;
        if (place < 0 || place >= corrections.size()) {
            throw RequestFault.unknownPath("there are corrections 0 to " + (corrections.size() - 1));
        }
        exchange.json(200, Json.line(corrections.get(place)));
    }

    /** {@code POST /session {rater}}: what that rater has said so far, by the place of the correction. */
    private void session(Exchange exchange) {
        BodyFields body = BodyFields.of(exchange.body());
        String rater = rater(body);
        body.refuseUnknown();
        List<Level> given = new ArrayList<>();
        for (ReviewedCorrection each : corrections) {
            Rating rating = ratings.of(each.key(), rater);
            given.add(rating == null ? null : rating.rating());
        }
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("run", String.valueOf(run.path().toAbsolutePath().normalize().getFileName()));
        answer.put("ratings", given);
        exchange.json(200, Json.line(answer));
    }

    /** {@code POST /ratings {problem_id, sample, rater, rating}}. */
    private void rate(Exchange exchange) {
        BodyFields body = BodyFields.of(exchange.body());
        String rater = rater(body);
        PathKey key = new PathKey(body.text("problem_id", ""), body.count("sample", -1, 0, Integer.MAX_VALUE));
        String label = body.text("rating", "");
        body.refuseUnknown();
        if (!places.containsKey(key)) {
            throw body.wrong("problem_id", "and sample name no correction of this review");
        }
        Level level = Level.of(label)
                .orElseThrow(() -> body.wrong("rating", "must be one of " + String.join(", ", Level.labels())));
        ratings.add(new Rating(
                key.problemId(),
                key.sample(),
                rater,
                level,
                Instant.now().truncatedTo(ChronoUnit.SECONDS).toString()));
        exchange.json(200, Json.line(Map.of("place", places.get(key), "rating", level)));
    }

    private static String rater(BodyFields body) {
        String rater = body.text("rater", "");
        if (!Rating.isName(rater)) {
            throw body.wrong("rater", "must be a name of up to " + Rating.LONGEST_RATER + " characters on one line");
        }
        return rater;
    }

    @Override
    public void close() {
        web.close();
        ratings.close();
    }
}
