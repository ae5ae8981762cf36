package dev.errata.pipeline.config;

import dev.errata.train.binding.Checked;
import dev.errata.train.binding.ConfigWord;
import dev.errata.train.binding.OneOf;
import dev.errata.train.binding.Place;
import dev.errata.train.binding.Range;
import dev.errata.train.binding.Required;
import dev.errata.train.binding.WordValue;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One arm: what a model is trained on. {@code cot} and {@code lema} are the paper's two, whose rows {@code filter} says; any
 * other name is a mixture of one's own.
 *
 * @param name also of its files
 * @param cot chain-of-thought rows: the run's, or those of a file; null for {@code cot} and {@code lema}, as the next three
 * @param corrected the corrected solutions as chain-of-thought rows
 * @param corrections the kept corrections
 * @param parts what is written of a correction
 * @param tokens {@code like ARM}: as many trained tokens as that arm; null: as many as its rows have
 * @param steps of its training; null: {@code train.steps}
 */
public record ArmConfig(
        @Required String name,
        RowChoice cot,
        RowChoice corrected,
        RowChoice corrections,
        @OneOf({"step", "explanation", "solution"}) List<String> parts,
        String tokens,
        @Range(min = 1) Integer steps)
        implements Checked, WordValue {
    /** The arm of worked solutions alone. */
    public static final String COT = "cot";

    /** The arm of worked solutions and corrections. */
    public static final String LEMA = "lema";

    /** What summaries call the model before training. */
    private static final String BASE = "base";

    private static final List<String> ALL_PARTS = List.of("step", "explanation", "solution");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,63}");
    private static final Pattern LIKE = Pattern.compile("like (\\S+)");

    /** Fills in what a mixture leaves out: all CoT rows, and nothing else. */
    public ArmConfig {
        if (!isPaper(name)) {
            cot = cot == null ? RowChoice.ALL : cot;
            corrected = corrected == null ? RowChoice.NONE : corrected;
            corrections = corrections == null ? RowChoice.NONE : corrections;
            parts = parts == null ? ALL_PARTS : parts;
        }
    }

    /** An arm that is named alone. */
    public static ArmConfig named(String name) {
        return new ArmConfig(name, null, null, null, null, null, null);
    }

    /** The word is the arm's name. */
    public static ArmConfig of(ConfigWord word) {
        String name = word.text();
        if (!isPaper(name)) {
            throw word.wrong("cot, lema, or {name, cot, corrected, corrections, …} for a mixture");
        }
        return named(name);
    }

    private static boolean isPaper(String name) {
        return COT.equals(name) || LEMA.equals(name);
    }

    /** Whether it is one of the paper's, whose rows the block {@code filter} says. */
    public boolean isPaper() {
        return isPaper(name);
    }

    /** The arm whose tokens it has as many of. */
    public Optional<String> like() {
        return Optional.ofNullable(tokens).map(text -> {
            Matcher like = LIKE.matcher(text);
            return like.matches() ? like.group(1) : "";
        });
    }

    @Override
    public Optional<String> word() {
        return equals(named(name)) && isPaper() ? Optional.of(name) : Optional.empty();
    }

    @Override
    public void check(Place place) {
        if (!NAME.matcher(name).matches() || name.equalsIgnoreCase(BASE)) {
            throw place.wrong("name", "is " + name, "take letters, digits, - and _, and not " + BASE);
        }
        if (isPaper()) {
            requireBare(place);
            return;
        }
        if (corrected instanceof RowChoice.OfFile || corrections instanceof RowChoice.OfFile) {
            throw place.wrong(
                    corrected instanceof RowChoice.OfFile ? "corrected" : "corrections",
                    "is a file",
                    "give all, none or a number; rows of a file go under cot");
        }
        if (cot.equals(RowChoice.NONE) && corrected.equals(RowChoice.NONE) && corrections.equals(RowChoice.NONE)) {
            throw place.wrong("cot", "is none, and there is nothing else", "give rows of some kind");
        }
        if (parts.isEmpty() || new HashSet<>(parts).size() < parts.size()) {
            throw place.wrong("parts", "is " + parts, "name some of step, explanation, solution, each once");
        }
        if (parts.size() < ALL_PARTS.size() && corrections.equals(RowChoice.NONE)) {
            throw place.wrong("parts", "is given, and corrections is none", "give corrections as all or a number");
        }
        if (like().filter(String::isEmpty).isPresent()) {
            throw place.wrong("tokens", "is " + tokens, "write like and the name of an arm, as like lema");
        }
    }

    private void requireBare(Place place) {
        boolean bare = cot == null && corrected == null && corrections == null && parts == null && tokens == null;
        if (!bare) {
            throw place.wrong(
                    "name",
                    "is " + name + ", an arm whose rows the block filter says, and other rows are given beside it",
                    "choose another name");
        }
    }
}
