package dev.errata.model.chat;

import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Dates and times by the codes of C's {@code strftime}, in English. */
final class TimeText {
    private TimeText() {}

    static String format(LocalDateTime time, String format) {
        StringBuilder out = new StringBuilder();
        int at = 0;
        while (at < format.length()) {
            char c = format.charAt(at++);
            if (c != '%' || at == format.length()) {
                out.append(c);
                continue;
            }
            boolean unpadded = format.charAt(at) == '-' && at + 1 < format.length();
            if (unpadded) {
                at++;
            }
            out.append(field(time, format.charAt(at++), unpadded));
        }
        return out.toString();
    }

    private static String field(LocalDateTime time, char code, boolean unpadded) {
        String pattern = switch (code) {
            case 'Y' -> "uuuu";
            case 'y' -> "uu";
            case 'm' -> unpadded ? "M" : "MM";
            case 'd' -> unpadded ? "d" : "dd";
            case 'e' -> "ppd";
            case 'H' -> unpadded ? "H" : "HH";
            case 'I' -> unpadded ? "h" : "hh";
            case 'M' -> unpadded ? "m" : "mm";
            case 'S' -> unpadded ? "s" : "ss";
            case 'f' -> "SSSSSS";
            case 'p' -> "a";
            case 'a' -> "EEE";
            case 'A' -> "EEEE";
            case 'b', 'h' -> "MMM";
            case 'B' -> "MMMM";
            case 'j' -> unpadded ? "D" : "DDD";
            case 'F' -> "uuuu-MM-dd";
            case 'T' -> "HH:mm:ss";
            case '%' -> "'%'";
            default -> throw new TemplateFailure("the time code %" + code + " isn't supported");
        };
        return DateTimeFormatter.ofPattern(pattern, Locale.US).format(time);
    }
}
