package dev.errata.bench.bundle;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.errata.bench.train.ScratchFolder;
import dev.errata.pipeline.cli.Command;
import dev.errata.pipeline.cli.Session;
import dev.errata.pipeline.cli.Version;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.RunFailedException;
import dev.errata.train.Progress;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Option;

/** {@code bundle}: the program with a Java runtime of its own, for a machine with nothing but an NVIDIA driver. */
@picocli.CommandLine.Command(
        name = "bundle",
        description = {
            "Make one archive that runs on a Linux x64 machine without a JDK and without a network.",
            "",
            "In it: a Java runtime, the program with its kernels, configs and docs. Unpacked anywhere, bin/errata is the",
            "same program as here."
        },
        footer = {
            "",
            "Example:",
            "  errata bundle --output errata.tar.gz",
            "  tar -xzf errata.tar.gz && errata-*/bin/errata doctor        # on the other machine"
        })
public final class BundleCommand implements Command {
    @Option(names = "--output", paramLabel = "F.tar.gz", required = true, description = "the archive")
    private Path output;

    /**
     * What was made.
     *
     * @param folder the archive's one folder
     */
    @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
    record Made(String output, String folder, long bytes, int files) {}

    @Override
    public void run(Session session) {
        String system = System.getProperty("os.name") + " " + System.getProperty("os.arch");
        if (!system.equals("Linux amd64")) {
            throw new BadInputException(
                    "a bundle has the runtime of the machine that makes it, and is for Linux x64 alone",
                    system,
                    "make it on Linux x64");
        }
        Path home = Path.of(System.getProperty("errata.home", "."));
        Path jars = jars();
        String folder = "errata-" + Version.ERRATA + "-linux-x64";
        try (ScratchFolder scratch = ScratchFolder.make()) {
            session.progress().say("linking the runtime");
            RuntimeImage.link(scratch.path().resolve(BundleContents.RUNTIME));
            BundleContents contents = BundleContents.of(home, jars, scratch.path());
            int files = contents.files().size();
            try (Progress.Bar bar = session.progress().begin("bundle", "files", 0, files)) {
                BundleArchive.write(output, folder, contents, () -> {
                    session.stop().check();
                    bar.advance(1);
                });
            }
            Made made = new Made(output.toString(), folder, Files.size(output), files);
            session.result(
                    made,
                    String.format(
                            Locale.ROOT, "%s: %.1f MB, %d files in %s/", output, made.bytes() / 1e6, files, folder));
        } catch (IOException e) {
            throw new RunFailedException("the archive can't be read back", output.toString(), "look at its disk", e);
        }
    }

    /** The folder that the program's jars lie in. */
    private static Path jars() {
        try {
            Path own = Path.of(BundleCommand.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            if (Files.isRegularFile(own)) {
                return own.getParent();
            }
            throw new BadInputException(
                    "the program runs from folders of classes, a bundle is made of jars",
                    own.toString(),
                    "start the program with ./errata");
        } catch (URISyntaxException e) {
            throw new IllegalStateException("a class from nowhere", e);
        }
    }
}
