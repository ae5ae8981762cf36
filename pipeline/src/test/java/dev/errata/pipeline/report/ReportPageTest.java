package dev.errata.pipeline.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.pipeline.record.Correction;
import dev.errata.pipeline.record.Evaluation;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.ReasoningPath;
import dev.errata.pipeline.record.SolutionLoss;
import dev.errata.pipeline.record.Summary;
import dev.errata.pipeline.record.TrainingRow;
import dev.errata.train.StepRecord;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class ReportPageTest {
    private static final String HOSTILE =
            " <script src=\"http://example.invalid/x.js\"></script><img src=x onerror=\"alert(1)\"> & 'so on' </body>"
                    + " <!-- ]]> fetch(1) \u2028\u2029\u0000\u202e\ud800 {{x}} </style></svg>";

    private static final Map<String, Double> ARMS = new TreeMap<>(Map.of("base", 0.4, "cot", 0.5, "lema", 0.6));

    private static ReportData empty() {
        return new ReportData(null, null, null, null, null, null, null, null, null, null);
    }

    @Test
    void saysTheAccuracyOfEachArm() {
        ReportData data = new SampleRun(1, "").data(12, 4, 40, 30, ARMS);
        String page = ReportPage.render(data);
        WellFormed.check(page);
        data.arms()
                .forEach((arm, counts) -> assertThat(page)
                        .contains(
                                counts.correct() + " of 40",
                                NumberFormats.percent(counts.correct(), 40),
                                ArmName.shown(arm)));
        assertThat(page).contains("<svg").contains("id=\"funnel-title\"", "id=\"loss-title\"", "id=\"accuracy-title\"");
    }

    @Test
    void hostileTextStaysText() {
        String page = ReportPage.render(new SampleRun(2, HOSTILE).data(12, 4, 40, 30, ARMS));
        WellFormed.check(page);
        assertThat(page).contains("&lt;script src=&quot;http://example.invalid");
        assertThat(page).doesNotContain("\u0000", "\u2028", "\u2029", "onerror=\"");
        assertThat(page.split("</script>")).hasSize(2);
    }

    @Test
    void ownScriptCallsNoNetworkAndPolicyForbidsIt() {
        String page = ReportPage.render(empty());
        String script = page.substring(page.indexOf("<script>"), page.indexOf("</script>"));
        assertThat(script).doesNotContain("fetch(", "XMLHttpRequest", "import(", "innerHTML", "eval", "WebSocket");
        assertThat(page).contains("default-src &#39;none&#39;").doesNotContain("url(", "@import");
    }

    @Test
    void sameDataGiveTheSameBytes() {
        String one = ReportPage.render(new SampleRun(3, "").data(9, 3, 20, 10, ARMS));
        assertThat(ReportPage.render(new SampleRun(3, "").data(9, 3, 20, 10, ARMS)))
                .isEqualTo(one);
    }

    @Test
    void worksWhenEverythingIsMissing() {
        String page = ReportPage.render(empty());
        WellFormed.check(page);
        assertThat(page)
                .contains("Nothing has been evaluated yet.", "No arm has been trained.", "holds no problems yet");
    }

    @Test
    void worksWithOneArmAndOneStep() {
        String page = ReportPage.render(
                new SampleRun(4, "").data(3, 2, 10, 1, new TreeMap<>(Map.of("base", 0.3, "lema", 0.6))));
        WellFormed.check(page);
        assertThat(page.substring(page.indexOf("<body>"))).contains("LeMa").doesNotContain("CoT");
    }

    @Test
    void worksWithRecordsThatHoldNothing() {
        var problem = new Problem("p", "", "", null);
        var path = new ReasoningPath("p", 0, "m", 0.7, 0, "", null, null, false);
        var correction = new Correction("p", 0, "openai", null, null, null, null, null, false, null);
        var arms = new TreeMap<>(Map.of("base", new Summary.Arm(0, 0, 0, Double.NaN, 0, 1)));
        var summary = new Summary("r", null, null, arms, null, null, null, null);
        var page = ReportPage.render(new ReportData(
                "t",
                summary,
                List.of(problem),
                List.of(problem),
                List.of(path),
                List.of(correction),
                null,
                Map.of("base", List.of(new Evaluation("p", "", "stop", null, false))),
                null,
                null));
        WellFormed.check(page);
        assertThat(page).contains("The corrector gave no answer.", "no reason given");
    }

    @Test
    void marksTheIncorrectStepOfAPathAndWhatItsCorrectionChanges() {
        var problem = new Problem("p", "q", "4", "1 + 1 = 2.\n2 + 2 = 4.");
        var path = new ReasoningPath("p", 0, "m", 0.7, 0, "1 + 1 = 2. 2 + 2 = 5. The answer is 5.", "stop", "5", false);
        var correction =
                new Correction("p", 0, "k", " Step 2.", 2, "It is 4.", "...\nStep 2: 2 + 2 = 4.", "4", true, null);
        String page = ReportPage.render(new ReportData(
                "t", null, List.of(problem), null, List.of(path), List.of(correction), null, null, null, null));
        assertThat(page)
                .contains(
                        "<li class=\"wrong-step\"><strong class=\"mark\">First wrong step </strong>2 + 2 = <del>5.</del></li>")
                .contains("<p class=\"conclusion\">The answer is 5.</p>")
                .contains("<ol class=\"steps\" start=\"2\"><li>2 + 2 = <ins>4.</ins></li></ol>")
                .contains("<p class=\"verdict kept\">Kept</p>");
    }

    @Test
    void showsAllProblems() {
        List<Problem> problems = IntStream.rangeClosed(1, 12_345)
                .mapToObj(i -> new Problem("p-" + i, "q", "1", null))
                .toList();
        String page = ReportPage.render(new ReportData("t", null, problems, null, null, null, null, null, null, null));
        assertThat(page).contains("p-200 ", "p-201 ", "p-12345 ").doesNotContain("Shown here");
    }

    @Test
    void opensOnWhatWasKeptAndOnWhatLemaMended() {
        String page = ReportPage.render(new SampleRun(5, "").data(12, 4, 40, 30, ARMS));
        assertThat(page)
                .contains("id=\"mistakes\" data-first=\"kept\"", "id=\"held-out\" data-first=\"fixed-lema\"")
                .contains("data-filter=\"kept\"", "data-filter=\"fixed-lema\"");
    }

    @Test
    void listsItsContents() {
        String page = ReportPage.render(new SampleRun(6, "").data(12, 4, 40, 30, ARMS));
        for (String id : List.of("result", "lessons", "training", "corrections", "answers", "run")) {
            assertThat(page).contains("href=\"#" + id + "\"", "<section id=\"" + id + "\"");
        }
    }

    @Test
    void aMissingStepIsNotCalledWrong() {
        var problem = new Problem("p", "q", "4", "1 + 1 = 2.\n2 + 1 = 3.\n3 + 1 = 4.");
        var path = new ReasoningPath("p", 0, "m", 0.7, 0, "1 + 1 = 2. 2 + 1 = 3. The answer is 3.", "stop", "3", false);
        var correction = new Correction(
                "p", 0, "answer-key", " Step 3.", 3, "It needs 3 + 1 = 4.", "Step 3: 3 + 1 = 4.", "4", true, null);
        String page = ReportPage.render(new ReportData(
                "t", null, List.of(problem), null, List.of(path), List.of(correction), null, null, null, null));
        assertThat(page)
                .contains("<strong>The solution stops after step 2.</strong> It needs 3 + 1 = 4.")
                .doesNotContain("Step 3 is wrong");
    }

    @Test
    void saysThatTheCurvesAreOfOtherRowsAndGivesLossesOfTheSame() {
        ReportData data = new SampleRun(7, "").data(12, 4, 40, 30, ARMS);
        var losses = new SolutionLoss(50, new TreeMap<>(Map.of("base", 0.9, "cot", 0.25, "lema", 0.5)));
        String page = ReportPage.render(with(data, losses, null));
        assertThat(page)
                .contains("A lower curve is no better arm.")
                .contains("the same 50 problems for each: Base 0.9000, CoT 0.2500, LeMa 0.5000 nats");
    }

    @Test
    void aRunAtWorkSaysWhatComesNext() {
        ReportData data = new SampleRun(8, "").data(12, 4, 40, 30, ARMS);
        String page = ReportPage.render(with(data, null, "eval"));
        WellFormed.check(page);
        assertThat(page).contains("The run is not finished: eval comes next.");
    }

    @Test
    void armsWithTheSameRowsAreNotCompared() {
        ReportData data = new SampleRun(9, "").data(12, 4, 40, 30, ARMS);
        Map<String, List<TrainingRow>> rows = new TreeMap<>(data.trainingRows());
        rows.put("lema", rows.get("cot"));
        String page = ReportPage.render(new ReportData(
                data.title(),
                data.summary(),
                data.problems(),
                data.heldOut(),
                data.paths(),
                data.corrections(),
                rows,
                data.evaluations(),
                data.metrics(),
                data.facts()));
        assertThat(page)
                .contains("Nothing was compared: both arms are the same training.")
                .doesNotContain("McNemar");
    }

    private static ReportData with(ReportData data, SolutionLoss losses, String next) {
        return new ReportData(
                data.title(),
                data.summary(),
                data.problems(),
                data.heldOut(),
                data.paths(),
                data.corrections(),
                data.trainingRows(),
                data.evaluations(),
                data.metrics(),
                data.facts(),
                losses,
                data.mixtures(),
                next);
    }

    @Test
    void longTextsKeepThePageOfASizeThatOpens() {
        List<Problem> problems = IntStream.rangeClosed(1, 300)
                .mapToObj(i -> new Problem("p-" + i, "<".repeat(1_000_000), "1", "&".repeat(1_000_000)))
                .toList();
        String page = ReportPage.render(new ReportData("t", null, problems, null, null, null, null, null, null, null));
        assertThat(page.length()).isLessThan(2 * ProblemBrowser.BUDGET);
        assertThat(page).contains("more characters");
    }

    @Test
    void drawsLongCurvesWithFewPointsAndLeavesOutWhatIsNotFinite() {
        List<StepRecord> metrics = IntStream.rangeClosed(1, 30_000)
                .mapToObj(step -> new StepRecord(
                        step,
                        step == 7 ? Double.NaN : 2.0 / step,
                        step == 9 ? Double.POSITIVE_INFINITY : 1,
                        1e-4,
                        9,
                        9,
                        null))
                .toList();
        String page = ReportPage.render(
                new ReportData("t", null, null, null, null, null, null, null, Map.of("cot", metrics), null));
        WellFormed.check(page);
        assertThat(page.length()).isLessThan(80_000);
        assertThat(page)
                .contains("1 value that is not a finite number left out.", "log scale")
                .doesNotContain("NaN");
    }
}
