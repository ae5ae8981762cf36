package dev.errata.pipeline.format;

import dev.errata.pipeline.grade.AnswerReader;
import dev.errata.pipeline.record.Correction;
import dev.errata.pipeline.record.ReasoningPath;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Corrections of a whole answer, for tasks whose reasoning has no steps in a row (the paper's form for CommonsenseQA): what
 * is mistaken, then the answer written anew.
 *
 * @param instruction what a corrector is told to do
 * @param trainingInstruction what the trained model is told
 * @param examples worked examples, each from {@code Question:} to the closing brace of its corrected answer
 */
public record WholeCorrections(String instruction, String trainingInstruction, List<String> examples)
        implements CorrectionForm {
    private static final String MISTAKES_LABEL = "Mistakes:";
    private static final String ANSWER_LABEL = "Corrected Answer:";
    private static final Pattern MISTAKES = Pattern.compile("\\A[\\s*#]{0,9}(?i:mistakes[\\s*]{0,3}:)?");
    private static final Pattern CORRECTED =
            Pattern.compile("(?i)(?<![a-z])correct(?:ed)? (?:answer|solution)[\\s*]{0,3}:[\\s*]*+");
    private static final Pattern NEXT_EXAMPLE = Pattern.compile("\\n\\s{0,9}(?:Question|Original Answer):");

    @Override
    public String ask(String question, ReasoningPath wrong) {
        return instruction + "\n\n" + String.join("\n", examples) + "\n" + query(question, wrong);
    }

    private static String query(String question, ReasoningPath wrong) {
        return query(question, wrong, MISTAKES_LABEL);
    }

    private static String query(String question, ReasoningPath wrong, String label) {
        return "Question: " + question + "\nOriginal Answer:\n{\n"
                + wrong.text().strip() + "\n}\n" + label;
    }

    @Override
    public CorrectorAnswer read(String text, ReasoningPath wrong, AnswerReader answers) {
        String own = NEXT_EXAMPLE.split(text, 2)[0];
        Matcher corrected = CORRECTED.matcher(own);
        if (!corrected.find()) {
            return new CorrectorAnswer.Rejected(CorrectorAnswer.NO_FORMAT);
        }
        String mistakes = MISTAKES.matcher(own.substring(0, corrected.start())).replaceFirst("");
        return assembled(null, mistakes, body(own.substring(corrected.end())), null, wrong, answers);
    }

    private static String body(String rest) {
        String body = rest.startsWith("{") ? rest.substring(1) : rest;
        int close = body.indexOf("\n}");
        return close < 0 ? body : body.substring(0, close);
    }

    @Override
    public CorrectorAnswer assembled(
            Integer incorrectStep,
            String explanation,
            String solution,
            String answer,
            ReasoningPath wrong,
            AnswerReader answers) {
        if (explanation == null || explanation.isBlank() || solution == null) {
            return new CorrectorAnswer.Rejected(CorrectorAnswer.NO_FORMAT);
        }
        String reasons = solution.lines()
                .filter(line -> !line.isBlank() && !line.strip().startsWith("The answer is"))
                .collect(Collectors.joining("\n"))
                .strip();
        if (reasons.isEmpty()) {
            return new CorrectorAnswer.Rejected(CorrectorAnswer.NO_FORMAT);
        }
        String found = answers.in(answer == null ? solution : CotFormat.answerLine(answer));
        return found == null
                ? new CorrectorAnswer.Rejected(CorrectorAnswer.NO_FINAL_ANSWER)
                : new CorrectorAnswer.Whole(CotFormat.oneLine(explanation), reasons, found);
    }

    @Override
    public boolean isClosed(String text) {
        Matcher corrected = CORRECTED.matcher(text);
        return corrected.find() && text.indexOf("\n}", corrected.end()) >= 0;
    }

    /** Which step is wrong is not said. */
    @Override
    public Set<CorrectionPart> parts() {
        return CorrectionPart.named(List.of("explanation", "solution"));
    }

    @Override
    public String prompt(String question, ReasoningPath wrong, Set<CorrectionPart> parts) {
        boolean explained = parts.contains(CorrectionPart.EXPLANATION);
        return trainingInstruction + "\n" + query(question, wrong, explained ? MISTAKES_LABEL : ANSWER_LABEL);
    }

    @Override
    public String completion(Correction kept, Set<CorrectionPart> parts) {
        String mistakes = parts.contains(CorrectionPart.EXPLANATION) ? " " + CotFormat.oneLine(kept.explanation()) : "";
        if (!parts.contains(CorrectionPart.SOLUTION)) {
            return mistakes;
        }
        return (mistakes.isEmpty() ? "" : mistakes + "\n" + ANSWER_LABEL) + "\n{\n" + kept.correctSolution() + "\n"
                + CotFormat.answerLine(kept.finalAnswer()) + "\n}";
    }

    @Override
    public List<String> corrected(ReasoningPath wrong, Correction kept) {
        return Steps.of(kept.correctSolution());
    }
}
