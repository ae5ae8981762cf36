package dev.errata.pipeline.grade;

/**
 * The string rules by which the MATH benchmark (Hendrycks et al., 2021) brings answers to one form before it compares
 * them letter by letter; the LEMA release uses the same.
 */
final class LatexString {
    /** The rules meet a text they can't handle: where the original raises an error. */
    static final class NoFormException extends Exception {
        private static final long serialVersionUID = 1L;

        NoFormException(String message) {
            super(message, null, false, false);
        }
    }

    private LatexString() {}

    static String normalized(String text) throws NoFormException {
        String form = text.replace("\n", "")
                .replace("\\!", "")
                .replace("\\\\", "\\")
                .replace("tfrac", "frac")
                .replace("dfrac", "frac")
                .replace("\\left", "")
                .replace("\\right", "")
                .replace("^{\\circ}", "")
                .replace("^\\circ", "")
                .replace("\\$", "");
        form = withoutUnit(form)
                .replace("\\%", "")
                .replace("\\%", "")
                .replace(" .", " 0.")
                .replace("{.", "{0.");
        if (form.isEmpty()) {
            return form;
        }
        if (form.startsWith(".")) {
            form = "0" + form;
        }
        int equals = form.indexOf('=');
        if (equals >= 0 && equals == form.lastIndexOf('=') && form.codePointCount(0, equals) <= 2) {
            form = form.substring(equals + 1);
        }
        form = bracedFractions(bracedRoots(form).replace(" ", ""));
        if (form.equals("0.5")) {
            return "\\frac{1}{2}";
        }
        return slashAsFraction(form);
    }

    /** Cuts at a {@code \text} that begins with a space, which in MATH only occurs before a unit. */
    private static String withoutUnit(String text) throws NoFormException {
        int unit = text.indexOf("\\text{ ");
        if (unit < 0) {
            return text;
        }
        if (text.indexOf("\\text{ ", unit + 1) >= 0) {
            throw new NoFormException("two units");
        }
        return text.substring(0, unit);
    }

    /** {@code \sqrt3} becomes {@code \sqrt{3}}. */
    private static String bracedRoots(String text) throws NoFormException {
        String[] parts = text.split("\\\\sqrt", -1);
        StringBuilder form = new StringBuilder(parts[0]);
        for (int i = 1; i < parts.length; i++) {
            String part = parts[i];
            if (part.isEmpty()) {
                throw new NoFormException("a root of nothing");
            }
            form.append("\\sqrt");
            if (part.startsWith("{")) {
                form.append(part);
            } else {
                int end = part.offsetByCodePoints(0, 1);
                form.append('{').append(part, 0, end).append('}').append(part, end, part.length());
            }
        }
        return form.toString();
    }

    /** {@code \frac12} and {@code \frac1{2}} become {@code \frac{1}{2}}. */
    private static String bracedFractions(String text) throws NoFormException {
        String[] parts = text.split("\\\\frac", -1);
        StringBuilder form = new StringBuilder(parts[0]);
        for (int i = 1; i < parts.length; i++) {
            String part = parts[i];
            if (part.isEmpty()) {
                throw new NoFormException("a fraction of nothing");
            }
            form.append("\\frac");
            if (part.startsWith("{")) {
                form.append(part);
                continue;
            }
            int top = part.offsetByCodePoints(0, 1);
            if (top == part.length()) {
                return text;
            }
            form.append('{').append(part, 0, top).append('}');
            if (part.charAt(top) == '{') {
                form.append(part, top, part.length());
            } else {
                int bottom = part.offsetByCodePoints(top, 1);
                form.append('{').append(part, top, bottom).append('}').append(part, bottom, part.length());
            }
        }
        return form.toString();
    }

    /** {@code 1/2} becomes {@code \frac{1}{2}} when nothing but two plain integers stands there. */
    private static String slashAsFraction(String text) {
        if (!text.matches("(?:0|-?[1-9][0-9]*+)/(?:0|-?[1-9][0-9]*+)")) {
            return text;
        }
        int slash = text.indexOf('/');
        return "\\frac{" + text.substring(0, slash) + "}{" + text.substring(slash + 1) + "}";
    }
}
