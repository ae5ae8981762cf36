package dev.errata.pipeline.folder;

import dev.errata.tensor.BadInputException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One of several parts into which work on a list is divided. Parts are runs of neighbours, so that the parts' records one
 * after another are those of the undivided work, whatever there is of each.
 *
 * @param index from 0
 * @param count how many parts there are, at least 1
 */
public record WorkShard(int index, int count) {
    /** All of it. */
    public static final WorkShard WHOLE = new WorkShard(0, 1);

    private static final Pattern FORM = Pattern.compile("(\\d{1,6})/(\\d{1,6})");
    private static final Pattern NAME = Pattern.compile("(.+)\\.(\\d{1,6})-of-(\\d{1,6})\\.jsonl(\\.partial)?");

    /**
     * Reads {@code I/N}.
     *
     * @throws BadInputException if it isn't of that form, or I isn't below N
     */
    public static WorkShard parse(String text) {
        Matcher form = FORM.matcher(text);
        if (form.matches()) {
            WorkShard shard = new WorkShard(Integer.parseInt(form.group(1)), Integer.parseInt(form.group(2)));
            if (shard.index < shard.count) {
                return shard;
            }
        }
        throw new BadInputException(
                "shard " + text + " is none", "--shard", "give I/N with I from 0 and below N, as 0/4 to 3/4");
    }

    public boolean isWhole() {
        return count == 1;
    }

    /** This part of a list. */
    public <T> List<T> of(List<T> all) {
        return all.subList(begin(index, all.size()), begin(index + 1, all.size()));
    }

    private int begin(int part, int size) {
        return (int) ((long) part * size / count);
    }

    /** The file of this part of a record file: {@code paths.0-of-4.jsonl} of {@code paths.jsonl}, which is that of the whole. */
    public Path file(Path whole) {
        String name = whole.getFileName().toString();
        String stem = name.substring(0, name.length() - ".jsonl".length());
        return isWhole() ? whole : whole.resolveSibling(stem + "." + index + "-of-" + count + ".jsonl");
    }

    /**
     * What a file's name says of a part.
     *
     * @param whole the name of the whole file
     * @param finished whether it is whole itself
     */
    record Named(String whole, WorkShard shard, boolean finished) {}

    /** The part that a file of this name holds, or null. */
    static Named named(String fileName) {
        Matcher name = NAME.matcher(fileName);
        if (!name.matches()) {
            return null;
        }
        WorkShard shard = new WorkShard(Integer.parseInt(name.group(2)), Integer.parseInt(name.group(3)));
        return new Named(name.group(1) + ".jsonl", shard, name.group(4) == null);
    }

    /** As on the command line. */
    @Override
    public String toString() {
        return index + "/" + count;
    }
}
