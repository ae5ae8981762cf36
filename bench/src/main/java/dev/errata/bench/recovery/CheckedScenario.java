package dev.errata.bench.recovery;

import dev.errata.bench.recovery.fault.FaultKind;
import dev.errata.bench.recovery.fault.FaultPlan;
import dev.errata.tensor.RunFailedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** One scenario, what it leaves undisturbed, and how it is disturbed at a point and must come to the same. */
final class CheckedScenario {
    private static final long YEARS_MILLIS = 20L * 365 * 24 * 3600 * 1000;

    private final Scenario scenario;
    private final Path in;
    private final Path out;
    private final ErrataServer server;
    private final String url;
    /** What is there before the first command and after each. */
    private final List<RunTree> trees = new ArrayList<>(List.of(RunTree.EMPTY));

    private final RunTree undisturbed;
    /** Of each command its file operations in order, as {@code write eval/base.jsonl.partial}. */
    private final List<List<String>> operations = new ArrayList<>();

    /** How long each command takes in a process of its own; empty until that is asked for. */
    private List<Long> millis = List.of();

    /**
     * Runs it undisturbed.
     *
     * @param scratch a folder beside {@code out}
     * @param server whom the scenario may ask
     * @param url of whom the scenario asks; empty where it asks nobody
     */
    CheckedScenario(
            Scenario scenario, Path in, Path out, Path scratch, ErrataServer server, String url, Program program) {
        this.scenario = scenario;
        this.in = in;
        this.out = out;
        this.server = server;
        this.url = url;
        clear(out);
        Path log = scratch.resolve("operations");
        for (int command = 0; command < scenario.commands().size(); command++) {
            clear(log);
            Program.Ended ended =
                    program.run(words(command), new FaultPlan(out.toString(), FaultKind.HALT, 0, 0, log.toString()));
            if (ended.code() != 0) {
                throw new RunFailedException(
                        "the undisturbed " + scenario.name() + " ends with " + ended.code(),
                        ended.err().strip().replace(':', ' '),
                        "mend that first");
            }
            operations.add(lines(log));
            trees.add(RunTree.of(out));
        }
        undisturbed = trees.getLast();
    }

    Scenario scenario() {
        return scenario;
    }

    /** File operations of all commands together. */
    int operations() {
        return operations.stream().mapToInt(List::size).sum();
    }

    /** Where a command is disturbed. */
    record Place(int command, int operation) {}

    /** The place of an operation, counted over all commands from 0. */
    Place place(int index) {
        int command = 0;
        int left = index;
        while (left >= operations.get(command).size()) {
            left -= operations.get(command++).size();
        }
        return new Place(command, left + 1);
    }

    /**
     * What came of a point.
     *
     * @param where the operation at which it was disturbed
     * @param wrong what isn't as promised; empty where all is
     */
    record Outcome(String where, List<String> wrong) {}

    /** Disturbs a run at a place, goes on, and compares. */
    Outcome disturb(Disturbance disturbance, Place place, Random random, Program program) {
        if (disturbance.isTimed() && millis.isEmpty()) {
            millis = timed(program);
        }
        clear(out);
        if (disturbance != Disturbance.SMALL_DISK) {
            return disturbed(disturbance, place, random, program, null);
        }
        try (SmallDisk disk = SmallDisk.mount(out)) {
            return disturbed(disturbance, place, random, program, disk);
        }
    }

    private List<Long> timed(Program program) {
        clear(out);
        server.ensureRunning();
        List<Long> times = new ArrayList<>();
        for (int command = 0; command < scenario.commands().size(); command++) {
            long begun = System.nanoTime();
            program.run(words(command), new FaultPlan(out.toString(), FaultKind.HALT, 0, 0, ""));
            times.add((System.nanoTime() - begun) / 1_000_000);
        }
        return times;
    }

    private Outcome disturbed(Disturbance disturbance, Place place, Random random, Program program, SmallDisk disk) {
        List<String> wrong = new ArrayList<>();
        for (int command = 0; command < scenario.commands().size(); command++) {
            if (command != place.command()) {
                goOn(command, program, wrong);
                continue;
            }
            if (disk != null) {
                long used = RunTree.of(out).pages();
                disk.resize(used + 1 + (long) (random.nextDouble() * (undisturbed.pages() - used)));
            }
            Program.Ended ended = run(command, disturbance, place.operation(), random, program);
            if (disk != null) {
                disk.resize(SmallDisk.ROOM);
            }
            wrong.addAll(ending(disturbance, ended, trees.get(command + 1)));
            halfWritten(command).forEach(each -> wrong.add("after it, " + each));
            if (ended.code() == 0) {
                continue;
            }
            boolean damaged = afterwards(disturbance, random);
            if (!damaged && random.nextInt(3) == 0) {
                int again = 1 + random.nextInt(operations.get(command).size());
                FaultKind kind = random.nextBoolean() ? FaultKind.TORN : FaultKind.POWER;
                if (program.run(words(command), plan(kind, again, random)).code() == 0) {
                    continue;
                }
                halfWritten(command).forEach(each -> wrong.add("after a second one, " + each));
            }
            Program.Ended last = goOn(command, program, wrong);
            if (damaged && !last.err().contains("is damaged")) {
                wrong.add("a damaged checkpoint isn't named");
            }
        }
        wrong.addAll(RunTree.of(out).differences(undisturbed));
        return new Outcome(where(place), wrong);
    }

    private List<String> halfWritten(int command) {
        return RunTree.of(out).halfWritten(trees.get(command), trees.get(command + 1));
    }

    private Program.Ended run(int command, Disturbance disturbance, int operation, Random random, Program program) {
        server.ensureRunning();
        if (disturbance.isTimed() && program instanceof ErrataProcess process) {
            long at = 1 + (long) (random.nextDouble() * millis.get(command));
            if (disturbance == Disturbance.KILL) {
                return process.run(words(command), plan(FaultKind.HALT, 0, random), at);
            }
            server.killAfter(at);
        }
        FaultKind fault = disturbance.fault();
        return program.run(
                words(command), plan(fault == null ? FaultKind.HALT : fault, fault == null ? 0 : operation, random));
    }

    private FaultPlan plan(FaultKind kind, int operation, Random random) {
        return new FaultPlan(out.toString(), kind, operation, random.nextLong(), "");
    }

    /** @param done what is there when the command is done */
    private List<String> ending(Disturbance disturbance, Program.Ended ended, RunTree done) {
        int code = ended.code();
        boolean right = code == 0
                || switch (disturbance) {
                    case HALT, TORN, POWER, CUT, DAMAGE, CLOCK, KILL -> code == Program.GONE;
                    case FULL, IO, SMALL_DISK, SERVER -> code == 1;
                    case READ_ONLY -> code == 1 || code == 2;
                    case TERM -> code == 143;
                    case INT -> code == 130;
                };
        List<String> wrong = new ArrayList<>();
        if (!right) {
            wrong.add("ends with " + code + ", " + ended.last());
        }
        if (code == 1 || code == 2) {
            boolean sentence =
                    ended.last().matches("errata: .+: .+: .+") && !ended.err().contains("internal error");
            if (!sentence) {
                wrong.add("ends without a sentence, " + ended.last());
            }
        }
        boolean isDone = RunTree.of(out).differences(done).isEmpty();
        if ((code == 130 || code == 143) && !isDone && !ended.err().contains("run the same command again")) {
            wrong.add("doesn't say how to go on, " + ended.last());
        }
        return wrong;
    }

    private Program.Ended goOn(int command, Program program, List<String> wrong) {
        server.ensureRunning();
        Program.Ended ended = program.run(words(command), plan(FaultKind.HALT, 0, new Random(0)));
        boolean whole = ended.code() == 2 && ended.err().contains(" is there already");
        if (ended.code() != 0 && !whole) {
            wrong.add("doesn't go on, " + ended.last());
        }
        return ended;
    }

    /** What happens to the files while no process is there; true if a checkpoint was damaged that would be gone on from. */
    private boolean afterwards(Disturbance disturbance, Random random) {
        List<Path> files = files(out);
        try {
            switch (disturbance) {
                case CUT -> {
                    for (Path file : files) {
                        cut(file, random);
                    }
                }
                case CLOCK -> {
                    long now = System.currentTimeMillis();
                    for (Path file : files) {
                        long then = now + (long) ((random.nextDouble() * 2 - 1) * YEARS_MILLIS);
                        Files.setLastModifiedTime(file, FileTime.fromMillis(then));
                    }
                }
                case DAMAGE -> {
                    return damage(files, random);
                }
                default -> {}
            }
        } catch (IOException e) {
            throw unusable(out, e);
        }
        return false;
    }

    /** Cuts an unfinished file anywhere, the log of a training that isn't done behind what the oldest checkpoint needs of it. */
    private static void cut(Path file, Random random) throws IOException {
        String name = file.getFileName().toString();
        byte[] bytes = Files.readAllBytes(file);
        int least = 0;
        if (name.equals("metrics.jsonl") && !isTrained(file.getParent())) {
            int oldest = files(file.resolveSibling("checkpoints")).stream()
                    .filter(each -> each.toString().endsWith(".crc32c"))
                    .mapToInt(CheckedScenario::step)
                    .min()
                    .orElse(0);
            for (int line = 0; line < oldest && least < bytes.length; least++) {
                line += bytes[least] == '\n' ? 1 : 0;
            }
        } else if (!name.endsWith(".partial")) {
            return;
        }
        Files.write(file, Arrays.copyOf(bytes, least + random.nextInt(bytes.length - least + 1)));
    }

    /** Of a training that isn't done and has two checkpoints. */
    private static boolean damage(List<Path> files, Random random) throws IOException {
        List<Path> whole = files.stream()
                .filter(file -> file.toString().matches(".*/checkpoints/step-\\d+\\.safetensors"))
                .filter(file -> files.contains(file.resolveSibling(file.getFileName() + ".crc32c")))
                .filter(file -> !isTrained(file.getParent().getParent()))
                .filter(file -> !file.toString().contains(".partial/")) // a copy that is made anew
                .sorted(Comparator.comparingInt(CheckedScenario::step))
                .toList();
        if (whole.size() < 2
                || !whole.getFirst().getParent().equals(whole.getLast().getParent())) {
            return false;
        }
        Path newest = whole.getLast();
        byte[] bytes = Files.readAllBytes(newest);
        int at = random.nextInt(bytes.length);
        if (random.nextBoolean()) {
            bytes = Arrays.copyOf(bytes, at);
        } else {
            bytes[at] = (byte) (bytes[at] ^ (1 << random.nextInt(8)));
        }
        Files.write(newest, bytes);
        return true;
    }

    private static boolean isTrained(Path training) {
        return Files.exists(training.resolve("adapter")) || Files.exists(training.resolve("model"));
    }

    private static int step(Path checkpoint) {
        return Integer.parseInt(checkpoint.getFileName().toString().replaceAll("\\D*(\\d+).*", "$1"));
    }

    private List<String> words(int command) {
        return scenario.words(command, in, out, url);
    }

    private String where(Place place) {
        return "command " + (place.command() + 1) + ", operation " + place.operation() + ": "
                + operations.get(place.command()).get(place.operation() - 1);
    }

    private static List<Path> files(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile).sorted().toList();
        } catch (IOException e) {
            throw unusable(folder, e);
        }
    }

    private static List<String> lines(Path log) {
        try {
            return Files.exists(log) ? Files.readAllLines(log) : List.of();
        } catch (IOException e) {
            throw unusable(log, e);
        }
    }

    private static void clear(Path path) {
        if (!Files.exists(path)) {
            return;
        }
        try (Stream<Path> all = Files.walk(path)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        } catch (IOException e) {
            throw unusable(path, e);
        }
    }

    private static RunFailedException unusable(Path path, IOException cause) {
        return new RunFailedException("the check can't work on its files", path.toString(), "make room there", cause);
    }
}
