package dev.errata.kernels.machine;

import java.util.List;

/** How the operands of an instruction become bytes. */
sealed interface Encoding {
    /**
     * @throws IllegalArgumentException if the instruction has no form with these operands
     */
    void encode(List<MachineOperand> operands, CodeBytes to);

    /** The table of opcodes, by its number in prefixes VEX and EVEX. */
    enum Map {
        M0F(1),
        M0F38(2),
        M0F3A(3);

        final int number;

        Map(int number) {
            this.number = number;
        }
    }

    /** What was a prefix of one byte, by its number in VEX and EVEX. */
    enum Prefix {
        NONE(0),
        P66(1),
        PF3(2),
        PF2(3);

        final int number;

        Prefix(int number) {
            this.number = number;
        }
    }

    private static IllegalArgumentException noForm(List<MachineOperand> operands) {
        return new IllegalArgumentException("there is no form with " + operands);
    }

    /** The same bytes always. */
    record Literal(int... bytes) implements Encoding {
        @Override
        public void encode(List<MachineOperand> operands, CodeBytes to) {
            for (int each : bytes) {
                to.put(each);
            }
        }
    }

    /** A general register within the opcode. */
    record OneRegister(int opcode) implements Encoding {
        @Override
        public void encode(List<MachineOperand> operands, CodeBytes to) {
            if (!(operands.getFirst() instanceof Gpr register)) {
                throw noForm(operands);
            }
            if (register.number() >= 8) {
                to.put(0x41);
            }
            to.put(opcode + register.number() % 8);
        }
    }

    /** Register and register, a number, or memory. */
    record Move() implements Encoding {
        @Override
        public void encode(List<MachineOperand> operands, CodeBytes to) {
            switch (new Both(operands.getFirst(), operands.getLast())) {
                case Both(Gpr into, Gpr from) -> to.general(0x89, from.number(), into);
                case Both(Gpr into, Address from) -> to.general(0x8B, into.number(), from);
                case Both(Address into, Gpr from) -> to.general(0x89, from.number(), into);
                case Both(Gpr into, Immediate number) -> {
                    to.general(0xC7, 0, into);
                    to.putInt(number.value());
                }
                default -> throw noForm(operands);
            }
        }

        private record Both(MachineOperand into, MachineOperand from) {}
    }

    record LoadAddress() implements Encoding {
        @Override
        public void encode(List<MachineOperand> operands, CodeBytes to) {
            if (!(operands.getFirst() instanceof Gpr into) || !(operands.getLast() instanceof Address from)) {
                throw noForm(operands);
            }
            to.general(0x8D, into.number(), from);
        }
    }

    /**
     * Addition and what is encoded like it: register and register or number.
     *
     * @param number of the operation, 0 to 7
     */
    record Arithmetic(int number) implements Encoding {
        @Override
        public void encode(List<MachineOperand> operands, CodeBytes to) {
            if (!(operands.getFirst() instanceof Gpr into)) {
                throw noForm(operands);
            }
            switch (operands.getLast()) {
                case Gpr from -> to.general(number * 8 + 1, from.number(), into);
                case Immediate value
                when value.fitsByte() -> {
                    to.general(0x83, number, into);
                    to.put(value.value());
                }
                case Immediate value
                when into == Gpr.RAX -> {
                    to.put(0x48);
                    to.put(number * 8 + 5);
                    to.putInt(value.value());
                }
                case Immediate value -> {
                    to.general(0x81, number, into);
                    to.putInt(value.value());
                }
                default -> throw noForm(operands);
            }
        }
    }

    record ShiftLeft() implements Encoding {
        @Override
        public void encode(List<MachineOperand> operands, CodeBytes to) {
            if (!(operands.getFirst() instanceof Gpr into) || !(operands.getLast() instanceof Immediate by)) {
                throw noForm(operands);
            }
            if (by.value() < 2 || by.value() > 63) {
                throw noForm(operands);
            }
            to.general(0xC1, 4, into);
            to.put(by.value());
        }
    }

    record Prefetch() implements Encoding {
        @Override
        public void encode(List<MachineOperand> operands, CodeBytes to) {
            if (!(operands.getFirst() instanceof Address what)) {
                throw noForm(operands);
            }
            to.legacy(0x0F18, 1, what);
        }
    }

    /** A jump over at most 2 GiB, always of the long form, so that a listing's size doesn't depend on its jumps. */
    record Jump(int opcode) implements Encoding {
        @Override
        public void encode(List<MachineOperand> operands, CodeBytes to) {
            if (!(operands.getFirst() instanceof Label label)) {
                throw noForm(operands);
            }
            if (opcode > 0xFF) {
                to.put(opcode >>> 8);
            }
            to.put(opcode);
            to.putDistance(label, 0);
        }
    }

    /**
     * Vectors of 512 bits.
     *
     * @param w a further bit of the opcode, which tells elements of 32 and 64, or 8 and 16 bits
     * @param opcode of the form that reads memory or a register
     * @param store opcode of the form that writes memory, or −1
     * @param memory bytes that the form with memory reads or writes: displacements of one byte count in these
     */
    record Evex(Prefix prefix, Map map, int w, int opcode, int store, Form form, int digit, int memory)
            implements Encoding {
        enum Form {
            /** Result, source. */
            TWO,
            /** Result, source, source. */
            THREE,
            /** Result, source, source, number. */
            FOUR,
            /** Result, source, number. */
            SHIFT,
            /** The same, encoded as two operands. */
            TWO_BY_NUMBER,
            /** Bits for the lanes, source, source, number. */
            COMPARISON,
            /** Register of half the width or memory, source. */
            NARROWING,
            /** Memory, source, number. */
            PART
        }

        static Evex two(Prefix prefix, Map map, int w, int opcode) {
            return new Evex(prefix, map, w, opcode, -1, Form.TWO, 0, Zmm.BYTES);
        }

        static Evex three(Prefix prefix, Map map, int w, int opcode) {
            return new Evex(prefix, map, w, opcode, -1, Form.THREE, 0, Zmm.BYTES);
        }

        static Evex four(Prefix prefix, Map map, int w, int opcode) {
            return new Evex(prefix, map, w, opcode, -1, Form.FOUR, 0, Zmm.BYTES);
        }

        static Evex loadOrStore(Prefix prefix, Map map, int w, int load, int store) {
            return new Evex(prefix, map, w, load, store, Form.TWO, 0, Zmm.BYTES);
        }

        static Evex shift(int digit) {
            return new Evex(Prefix.P66, Map.M0F, 0, 0x72, -1, Form.SHIFT, digit, Zmm.BYTES);
        }

        static Evex twoByNumber(Prefix prefix, Map map, int w, int opcode) {
            return new Evex(prefix, map, w, opcode, -1, Form.TWO_BY_NUMBER, 0, Zmm.BYTES);
        }

        static Evex comparison(Prefix prefix, Map map, int w, int opcode) {
            return new Evex(prefix, map, w, opcode, -1, Form.COMPARISON, 0, Zmm.BYTES);
        }

        static Evex narrowing(Prefix prefix, Map map, int w, int opcode) {
            return new Evex(prefix, map, w, opcode, -1, Form.NARROWING, 0, Zmm.BYTES / 2);
        }

        static Evex part(Prefix prefix, Map map, int w, int opcode) {
            return new Evex(prefix, map, w, opcode, -1, Form.PART, 0, Zmm.BYTES / 4);
        }

        /** The same instruction where the form with memory reads or writes so many bytes. */
        Evex withMemory(int bytes) {
            return new Evex(prefix, map, w, opcode, store, form, digit, bytes);
        }

        @Override
        public void encode(List<MachineOperand> operands, CodeBytes to) {
            MachineOperand first = operands.getFirst();
            MachineOperand last = operands.getLast();
            switch (form) {
                case TWO -> {
                    if (first instanceof Address && store >= 0) {
                        to.evex(this, store, vector(last, operands), 0, first, 0);
                    } else {
                        to.evex(this, opcode, vector(first, operands), 0, last, 0);
                    }
                }
                case THREE -> to.evex(this, opcode, first, vector(operands.get(1), operands), last, 0);
                case FOUR -> {
                    if (!(last instanceof Immediate number)) {
                        throw noForm(operands);
                    }
                    MachineOperand third = operands.get(2);
                    to.evex(this, opcode, first, vector(operands.get(1), operands), third, 1);
                    to.put(number.value());
                }
                case SHIFT -> {
                    if (!(last instanceof Immediate by)) {
                        throw noForm(operands);
                    }
                    to.evex(this, opcode, digit, vector(first, operands), operands.get(1), 1);
                    to.put(by.value());
                }
                case TWO_BY_NUMBER -> {
                    if (!(last instanceof Immediate number)) {
                        throw noForm(operands);
                    }
                    to.evex(this, opcode, vector(first, operands), 0, operands.get(1), 1);
                    to.put(number.value());
                }
                case COMPARISON -> {
                    if (!(last instanceof Immediate number) || !(first instanceof Opmask bits)) {
                        throw noForm(operands);
                    }
                    to.evex(this, opcode, bits.number(), vector(operands.get(1), operands), operands.get(2), 1);
                    to.put(number.value());
                }
                case NARROWING -> to.evex(this, opcode, vector(last, operands), 0, first, 0);
                case PART -> {
                    if (!(last instanceof Immediate number)) {
                        throw noForm(operands);
                    }
                    to.evex(this, opcode, vector(operands.get(1), operands), 0, first, 1);
                    to.put(number.value());
                }
            }
        }

        private static int vector(MachineOperand operand, List<MachineOperand> all) {
            return switch (operand) {
                case Zmm z -> z.number();
                case Ymm y -> y.number();
                default -> throw noForm(all);
            };
        }
    }

    /** Bits for the lanes of a vector, to or from memory. */
    record MoveMask() implements Encoding {
        @Override
        public void encode(List<MachineOperand> operands, CodeBytes to) {
            switch (operands.getFirst()) {
                case Opmask into -> to.vexMask(0x90, into.number(), operands.getLast());
                case Address into
                when operands.getLast() instanceof Opmask from -> to.vexMask(0x91, from.number(), into);
                default -> throw noForm(operands);
            }
        }
    }

    /** Tiles. */
    record TileVex(Prefix prefix, int opcode, Shape shape) implements Encoding {
        enum Shape {
            CONFIG,
            ZERO,
            LOAD,
            STORE,
            PRODUCT
        }

        @Override
        public void encode(List<MachineOperand> operands, CodeBytes to) {
            switch (shape) {
                case CONFIG -> to.vex(prefix, opcode, 0, 0, operands.getFirst(), false);
                case ZERO -> {
                    to.vexPrefix(prefix, 0, 0, 0, 0);
                    to.put(opcode);
                    to.put(0xC0 | tile(operands, 0) << 3);
                }
                case LOAD -> to.vex(prefix, opcode, tile(operands, 0), 0, operands.getLast(), true);
                case STORE -> to.vex(prefix, opcode, tile(operands, 1), 0, operands.getFirst(), true);
                case PRODUCT -> {
                    to.vexPrefix(prefix, 0, 0, 0, tile(operands, 2));
                    to.put(opcode);
                    to.put(0xC0 | tile(operands, 0) << 3 | tile(operands, 1));
                }
            }
        }

        private static int tile(List<MachineOperand> operands, int i) {
            if (operands.get(i) instanceof Tmm tile) {
                return tile.number();
            }
            throw noForm(operands);
        }
    }
}
