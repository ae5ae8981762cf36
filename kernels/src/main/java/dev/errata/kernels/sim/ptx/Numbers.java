package dev.errata.kernels.sim.ptx;

/** The constants of PTX: integers in four bases, {@code 0f} and {@code 0d} followed by bits, and decimals. */
final class Numbers {
    private Numbers() {}

    static Operand parse(Token token, boolean negative) {
        String s = token.text();
        try {
            if (s.length() == 10 && (s.startsWith("0f") || s.startsWith("0F"))) {
                float value = Float.intBitsToFloat(Integer.parseUnsignedInt(s.substring(2), 16));
                return new Operand.Real(negative ? -value : value);
            }
            if (s.length() == 18 && (s.startsWith("0d") || s.startsWith("0D"))) {
                double value = Double.longBitsToDouble(Long.parseUnsignedLong(s.substring(2), 16));
                return new Operand.Real(negative ? -value : value);
            }
            boolean hex = s.startsWith("0x") || s.startsWith("0X");
            if (!hex && (s.contains(".") || s.contains("e") || s.contains("E"))) {
                double value = Double.parseDouble(s);
                return new Operand.Real(negative ? -value : value);
            }
            long value = integer(s.endsWith("U") ? s.substring(0, s.length() - 1) : s);
            return new Operand.Int(negative ? -value : value);
        } catch (NumberFormatException e) {
            throw new PtxException(token.line(), "not a number: " + s);
        }
    }

    private static long integer(String s) {
        if (s.startsWith("0x") || s.startsWith("0X")) {
            return Long.parseUnsignedLong(s.substring(2), 16);
        }
        if (s.startsWith("0b") || s.startsWith("0B")) {
            return Long.parseUnsignedLong(s.substring(2), 2);
        }
        boolean octal = s.length() > 1 && s.startsWith("0");
        return Long.parseUnsignedLong(s, octal ? 8 : 10);
    }
}
