package dev.errata.train.data;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * One training example.
 *
 * @param ids its tokens
 * @param labels as long as ids, as transformers has them: the token itself where it is trained on, −100 elsewhere
 * @param positions as long as ids, counted from 0 unless the row says otherwise
 * @param span how many positions there are, padding before and after the tokens included
 */
public record Example(int[] ids, int[] labels, int[] positions, int span) {
    /** The label that is not trained on. */
    public static final int IGNORED = -100;

    /** Tokens at the positions 0, 1, 2 … */
    public Example(int[] ids, int[] labels) {
        this(ids, labels, IntStream.range(0, ids.length).toArray(), ids.length);
    }

    /** Tokens that the loss counts; a first token has nothing before it and never counts. */
    public int targets() {
        int targets = 0;
        for (int i = 1; i < labels.length; i++) {
            if (labels[i] >= 0) {
                targets++;
            }
        }
        return targets;
    }

    /** Prompt and completion one after the other, the completion alone trained on. */
    public static Example of(int[] prompt, int[] completion) {
        int[] ids = new int[prompt.length + completion.length];
        int[] labels = new int[ids.length];
        System.arraycopy(prompt, 0, ids, 0, prompt.length);
        System.arraycopy(completion, 0, ids, prompt.length, completion.length);
        Arrays.fill(labels, 0, prompt.length, IGNORED);
        System.arraycopy(completion, 0, labels, prompt.length, completion.length);
        return new Example(ids, labels);
    }
}
