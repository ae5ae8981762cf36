package dev.errata.model.text;

import dev.errata.tensor.BadInputException;
import java.util.Locale;

/** How a prompt is wrapped before it reaches a model. */
public enum PromptStyle {
    /** As it is, for base models. */
    PLAIN,
    /** As the user's turn of the model's own chat template. */
    CHAT,
    /** As the instruction of Stanford Alpaca's template, which WizardMath and MetaMath were trained on. */
    ALPACA;

    /**
     * @throws BadInputException for another name than plain, chat and alpaca
     */
    public static PromptStyle named(String name) {
        for (PromptStyle style : values()) {
            if (style.name().toLowerCase(Locale.ROOT).equals(name)) {
                return style;
            }
        }
        throw new BadInputException("prompt " + name + " is not known", "prompt", "use plain, chat or alpaca");
    }
}
