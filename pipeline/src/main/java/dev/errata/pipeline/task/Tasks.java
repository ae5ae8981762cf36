package dev.errata.pipeline.task;

import dev.errata.tensor.BadInputException;
import dev.errata.train.binding.Spelling;
import java.util.List;
import java.util.Optional;

/** The one list of tasks. */
public final class Tasks {
    public static final List<Task> ALL = List.of(
            new Gsm8k(),
            new Svamp(),
            new Asdiv(),
            new Mawps(),
            new CompetitionMath(),
            new CommonsenseQa(),
            new AquaRat());

    private Tasks() {}

    /** Their names. */
    public static List<String> names() {
        return ALL.stream().map(Task::name).toList();
    }

    /** The task of this name. */
    public static Optional<Task> find(String name) {
        return ALL.stream().filter(task -> task.name().equals(name)).findFirst();
    }

    /**
     * The task of this name.
     *
     * @param where the option or key that holds the name, for the message
     * @throws BadInputException if there is none
     */
    public static Task named(String name, String where) {
        return find(name)
                .orElseThrow(() -> new BadInputException(
                        "unknown task \"" + name + "\"" + guess(name),
                        where,
                        "use one of " + String.join(", ", names())));
    }

    private static String guess(String name) {
        return Spelling.nearest(name, names())
                .map(found -> ", did you mean " + found)
                .orElse("");
    }
}
