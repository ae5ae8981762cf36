package dev.errata.pipeline.cli;

import dev.errata.tensor.BadInputException;
import picocli.CommandLine.Option;

/** {@code --watch} and its port: a page that shows a run while this process works on it. */
final class WatchOption {
    @Option(names = "--watch", description = "show the run on a local page while it is at work")
    private boolean watched;

    @Option(names = "--port", paramLabel = "PORT", description = "of that page; any that is free unless given")
    private Integer port;

    /** The port, 0 for any; null where nobody wants to watch. */
    Integer port() {
        if (port != null && !watched) {
            throw new BadInputException("a port for nothing", "--port", "add --watch");
        }
        return watched ? required(port == null ? 0 : port) : null;
    }

    /**
     * @throws BadInputException for a number that is no port
     */
    static int required(int port) {
        if (port < 0 || port > 65_535) {
            throw new BadInputException("port " + port, "--port", "give a number from 0 to 65535");
        }
        return port;
    }
}
