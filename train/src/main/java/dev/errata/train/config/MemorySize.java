package dev.errata.train.config;

import com.sun.management.OperatingSystemMXBean;
import dev.errata.tensor.BadInputException;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Amounts of memory: what this machine has, and what a person writes. */
public final class MemorySize {
    private static final Pattern WRITTEN = Pattern.compile("([0-9]+(?:\\.[0-9]+)?) ?([kmgt]?)(i?b?)");

    private MemorySize() {}

    /** The machine's memory, or the limit of the container (cgroup version 1 or 2) that this process runs in. */
    public static long ofThisMachine() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    }

    /**
     * Reads {@code 80GB}, {@code 512 MiB} or a count of bytes; GB and GiB both mean 2³⁰, as memory is sold.
     *
     * @param where the option, for the message
     */
    public static long parse(String text, String where) {
        Matcher written = WRITTEN.matcher(text.strip().toLowerCase(Locale.ROOT));
        if (!written.matches()) {
            throw new BadInputException(text + " is no amount of memory", where, "write it as 24GB or 512MB");
        }
        int shift = written.group(2).isEmpty() ? 0 : 10 * (1 + "kmgt".indexOf(written.group(2)));
        double bytes = Double.parseDouble(written.group(1)) * (1L << shift);
        if (!(bytes >= 1 && bytes < Long.MAX_VALUE)) {
            throw new BadInputException(text + " is no amount of memory", where, "write it as 24GB or 512MB");
        }
        return (long) bytes;
    }
}
