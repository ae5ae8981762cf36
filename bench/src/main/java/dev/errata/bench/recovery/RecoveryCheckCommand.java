package dev.errata.bench.recovery;

import dev.errata.bench.gpu.TimeLimit;
import dev.errata.bench.train.ScratchFolder;
import dev.errata.pipeline.cli.Command;
import dev.errata.pipeline.cli.Session;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.RunFailedException;
import dev.errata.train.Progress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import picocli.CommandLine.Option;

/** {@code recovery-check}: kills whole runs and compares what they come to. */
@picocli.CommandLine.Command(
        name = "recovery-check",
        description = {
            "Kill whole runs of a tiny model at many points, fill their disk, cut their files, go on, and compare every byte with",
            "an undisturbed run. Exit code 1 where a record is lost or doubled, a file half written, or a byte another.",
            "",
            "A point is a file operation of a run, or a time. Points in turn share a warm process, where a process that would be",
            "gone is one whose disk takes nothing more; with --processes every command is a process of its own."
        },
        footer = {
            "",
            "Examples:",
            "  errata recovery-check                              # 200 points",
            "  errata recovery-check --every --kinds halt,torn    # at each file operation of each run",
            "  errata recovery-check --processes --points 1000 --minutes 60",
            "  errata recovery-check --only best --kinds damage --points 20 --seed 7"
        })
public final class RecoveryCheckCommand implements Command {
    private static final int POINTS = 200;
    /** What a point that is under way at a signal may take to its end, on a machine with much other work. */
    private static final long POINT_SECONDS = 600;

    @Option(names = "--points", paramLabel = "N", description = "how many points (200; with --every all)")
    private Integer points;

    @Option(names = "--first", paramLabel = "I", defaultValue = "0", description = "the first point, to repeat one (0)")
    private int first;

    @Option(names = "--every", description = "at each file operation of each run, by each of --kinds in turn")
    private boolean every;

    @Option(
            names = "--only",
            split = ",",
            paramLabel = "RUN",
            description = "these runs alone: ${COMPLETION-CANDIDATES}",
            completionCandidates = Names.class)
    private List<String> only;

    @Option(
            names = "--kinds",
            split = ",",
            paramLabel = "KIND",
            description =
                    "these disturbances alone, as halt,torn,power,full,io,read-only,term,int,kill,cut,damage,clock,small-disk,server")
    private List<String> kinds;

    @Option(
            names = "--processes",
            description = "every command in a process of its own, which takes some seconds a point")
    private boolean processes;

    @Option(names = "--minutes", paramLabel = "N", description = "stop after so many minutes, and say how to go on")
    private Double minutes;

    /** The runs' names, for the help. */
    static final class Names extends ArrayList<String> {
        private static final long serialVersionUID = 1L;

        Names() {
            super(Scenarios.ALL.stream().map(Scenario::name).toList());
        }
    }

    @Override
    public void run(Session session) {
        List<Scenario> scenarios = scenarios();
        List<Disturbance> chosen = disturbances();
        TimeLimit limit = TimeLimit.ofMinutes(minutes);
        long seed = session.seedOr(0);
        RecoveryTally tally = new RecoveryTally();
        session.stop().waitAtMost(POINT_SECONDS);
        try (ScratchFolder scratch = ScratchFolder.make()) {
            Path out = scratch.path().resolve("run");
            Inputs inputs = Inputs.make(scratch.path().resolve("in"), session);
            boolean mounts = SmallDisk.isPossible(scratch.path().resolve("disk"));
            if (!mounts) {
                session.progress().say("small-disk is left out: this user may not mount one");
            }
            if (InterruptSignal.isIgnored()) {
                session.progress().say("int is left out: processes of a shell's background ignore SIGINT");
            }
            try (ScriptedEndpoint endpoint = new ScriptedEndpoint(inputs.problems());
                    ErrataServer server = new ErrataServer(inputs.folder(), scratch.path());
                    Program worker = new ErrataWorker(out, scratch.path());
                    Program alone = new ErrataProcess(scratch.path())) {
                List<CheckedScenario> checked = new ArrayList<>();
                for (Scenario scenario : scenarios) {
                    String url = switch (scenario.asks()) {
                        case NOBODY -> "";
                        case ENDPOINT, MOODY_ENDPOINT -> endpoint.url(scenario.asks());
                        case SERVER -> server.url();
                    };
                    CheckedScenario each =
                            new CheckedScenario(scenario, inputs.folder(), out, scratch.path(), server, url, worker);
                    tally.scenario(each);
                    checked.add(each);
                }
                int all = checked.stream().mapToInt(CheckedScenario::operations).sum() * chosen.size();
                int asked = points == null ? every ? all : POINTS : points;
                int count = every ? Math.clamp(all - (long) first, 0, asked) : asked;
                try (Progress.Bar bar = session.progress().begin("recovery-check", "points", 0, count)) {
                    int point = first;
                    for (;
                            point < first + count
                                    && !limit.isOver()
                                    && !session.stop().requested();
                            point++) {
                        Random random = new Random(seed * 1_000_003 + point);
                        random.nextInt();
                        Choice choice =
                                every ? inOrder(point, checked, chosen) : atRandom(point, checked, chosen, random);
                        Scenario scenario = choice.scenario.scenario();
                        Disturbance disturbance = fitting(choice.disturbance, scenario, mounts);
                        boolean inProcesses = processes || disturbance.needsProcess();
                        CheckedScenario.Outcome outcome = choice.scenario.disturb(
                                disturbance, choice.place, random, inProcesses ? alone : worker);
                        String repeat = "--seed " + seed + " --first " + point + " --points 1" + choices();
                        tally.point(scenario, disturbance, inProcesses, outcome, repeat);
                        if (!outcome.wrong().isEmpty()) {
                            bar.say("FAILED " + scenario.name() + ", " + disturbance.text() + ", " + outcome.where()
                                    + ": " + String.join("; ", outcome.wrong()));
                        }
                        bar.note(tally.failed() + " failed");
                        bar.advance(1);
                    }
                    if (point < first + count) {
                        bar.say("to go on: --seed " + seed + " --first " + point + choices());
                    }
                }
            }
        }
        RecoveryResult result = tally.result(seed);
        session.result(result, result.text());
        session.stop().check();
        if (tally.failed() > 0) {
            throw new RunFailedException(
                    tally.failed() + " of " + result.points() + " points failed",
                    "the list above",
                    "report it with the options that repeat a point");
        }
    }

    @Override
    public String whenStopped() {
        return "and the table is of the points that were made: the options above go on from there";
    }

    /** The options beside seed and number that a point depends on. */
    private String choices() {
        return (every ? " --every" : "")
                + (processes ? " --processes" : "")
                + (only == null ? "" : " --only " + String.join(",", only))
                + (kinds == null ? "" : " --kinds " + String.join(",", kinds));
    }

    private record Choice(CheckedScenario scenario, Disturbance disturbance, CheckedScenario.Place place) {}

    /** Scenarios in turn, and with each turn of them the next disturbance, so that all meet. */
    private static Choice atRandom(int point, List<CheckedScenario> scenarios, List<Disturbance> kinds, Random random) {
        CheckedScenario scenario = scenarios.get(point % scenarios.size());
        Disturbance disturbance = kinds.get(kind(point, scenarios.size(), kinds.size()));
        return new Choice(scenario, disturbance, scenario.place(random.nextInt(scenario.operations())));
    }

    /** Which of the kinds a point has, so that in as many points as there are pairs each scenario meets each kind once. */
    static int kind(int point, int scenarios, int kinds) {
        return (point % scenarios + point / scenarios) % kinds;
    }

    private static Choice inOrder(int point, List<CheckedScenario> scenarios, List<Disturbance> kinds) {
        int operation = point / kinds.size();
        int at = 0;
        while (operation >= scenarios.get(at).operations()) {
            operation -= scenarios.get(at++).operations();
        }
        CheckedScenario scenario = scenarios.get(at);
        return new Choice(scenario, kinds.get(point % kinds.size()), scenario.place(operation));
    }

    /** The disturbance, or another where a scenario or this machine hasn't what it takes. */
    private static Disturbance fitting(Disturbance wanted, Scenario scenario, boolean mounts) {
        if (wanted == Disturbance.INT && InterruptSignal.isIgnored()) {
            return Disturbance.TERM;
        }
        if (wanted == Disturbance.SERVER && scenario.asks() != Scenario.Asks.SERVER) {
            return Disturbance.KILL;
        }
        return wanted == Disturbance.SMALL_DISK && !mounts ? Disturbance.FULL : wanted;
    }

    private List<Scenario> scenarios() {
        if (only == null) {
            return Scenarios.ALL;
        }
        return only.stream()
                .map(name -> Scenarios.ALL.stream()
                        .filter(each -> each.name().equals(name))
                        .findFirst()
                        .orElseThrow(() -> unknown("--only", name, new Names())))
                .toList();
    }

    private List<Disturbance> disturbances() {
        List<Disturbance> all = List.of(Disturbance.values());
        if (kinds == null) {
            return all;
        }
        return kinds.stream()
                .map(name -> all.stream()
                        .filter(each -> each.text().equals(name))
                        .findFirst()
                        .orElseThrow(() -> unknown(
                                "--kinds",
                                name,
                                Arrays.stream(Disturbance.values())
                                        .map(Disturbance::text)
                                        .toList())))
                .toList();
    }

    private static BadInputException unknown(String option, String name, List<String> known) {
        return new BadInputException(
                option + " names " + name, "the command line", "there is " + String.join(", ", known));
    }
}
