package dev.errata.pipeline.cli;

import dev.errata.pipeline.config.LoopConfig;
import dev.errata.pipeline.run.RunReport;
import dev.errata.tensor.BadInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A loop config as commands are given it: a file, the word {@code demo} for the embedded one, or the folder of a run that
 * it made, and {@code key=value} overrides. {@code input=FILE} and {@code from=RUN} are no part of the config.
 *
 * @param input null where none was given
 * @param from another run's folder; null where none was given
 */
record ConfigArguments(LoopConfig config, Path input, Path from) {
    private static final String INPUT = "input=";
    private static final String FROM = "from=";

    static ConfigArguments of(String file, List<String> overrides, Session session) {
        List<String> keys = new ArrayList<>();
        Path input = null;
        Path from = null;
        if (session.seed() != null) {
            keys.add("seed=" + session.seed());
        }
        for (String each : overrides) {
            if (each.startsWith(INPUT)) {
                input = inputFile(each.substring(INPUT.length()));
            } else if (each.startsWith(FROM)) {
                from = Path.of(each.substring(FROM.length())).toAbsolutePath().normalize();
            } else {
                keys.add(each);
            }
        }
        if (RunReport.isRun(Path.of(file))) {
            return new ConfigArguments(RunReport.config(Path.of(file), keys), input, from);
        }
        boolean demo = file.equals("demo");
        if (demo && keys.stream().noneMatch(each -> each.startsWith("output="))) {
            keys.add("output=runs/demo");
        }
        return new ConfigArguments(LoopConfig.read(demo ? embedded() : Path.of(file), keys), input, from);
    }

    private static Path inputFile(String name) {
        Path file = Path.of(name).toAbsolutePath().normalize();
        if (!Files.isRegularFile(file)) {
            throw new BadInputException("no such file", file.toString(), "name a .jsonl file with input=FILE");
        }
        return file;
    }

    /** {@code configs/demo.yaml} in the program's folder, which the launcher names. */
    static Path embedded() {
        return Path.of(System.getProperty("errata.home", ".")).resolve("configs/demo.yaml");
    }
}
