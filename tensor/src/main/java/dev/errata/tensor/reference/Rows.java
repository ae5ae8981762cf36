package dev.errata.tensor.reference;

import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import java.util.BitSet;

/** Operators that pick, place or add whole rows. */
final class Rows {
    private Rows() {}

    static void embedding(Op.Embedding op) {
        Elements out = new Elements(op.out());
        int columns = op.table().in();
        for (long n = 0; n < op.ids().elements(); n++) {
            float[] row = WeightElements.row(op.table(), Floats.id(op.ids(), n));
            for (int c = 0; c < columns; c++) {
                out.set(n * columns + c, row[c]);
            }
        }
    }

    static void embeddingBackward(Op.EmbeddingBackward op) {
        Floats dOut = new Floats(op.dOut());
        Floats dTable = new Floats(op.dTable());
        int columns = op.dTable().columns();
        for (long n = 0; n < op.ids().elements(); n++) {
            long row = Floats.id(op.ids(), n);
            for (int c = 0; c < columns; c++) {
                dTable.add(row * columns + c, dOut.get(n * columns + c));
            }
        }
    }

    static void gather(Op.GatherRows op) {
        Floats x = new Floats(op.x());
        Floats out = new Floats(op.out());
        int columns = op.out().columns();
        for (long m = 0; m < op.rows().elements(); m++) {
            long row = Floats.id(op.rows(), m);
            for (int c = 0; c < columns; c++) {
                out.set(m * columns + c, x.get(row * columns + c));
            }
        }
    }

    /**
     * @throws IllegalArgumentException if a row is named twice
     */
    static void scatter(Op.ScatterRows op) {
        requireDistinct(op.rows());
        Floats x = new Floats(op.x());
        Floats out = new Floats(op.out());
        int columns = op.x().columns();
        for (long m = 0; m < op.rows().elements(); m++) {
            long row = Floats.id(op.rows(), m);
            for (int c = 0; c < columns; c++) {
                out.put(row * columns + c, x.get(m * columns + c), op.accumulate());
            }
        }
    }

    static void requireDistinct(Tensor places) {
        BitSet seen = new BitSet();
        for (long m = 0; m < places.elements(); m++) {
            int place = Math.toIntExact(Floats.id(places, m));
            if (place >= 0 && seen.get(place)) {
                throw new IllegalArgumentException("place " + place + " is named twice in " + places);
            }
            if (place >= 0) {
                seen.set(place);
            }
        }
    }

    static void addBias(Op.AddBias op) {
        Floats x = new Floats(op.x());
        Floats bias = new Floats(op.bias());
        int columns = op.x().columns();
        for (long i = 0; i < op.x().elements(); i++) {
            x.add(i, bias.get(i % columns));
        }
    }

    static void addBiasBackward(Op.AddBiasBackward op) {
        Floats dOut = new Floats(op.dOut());
        Floats dBias = new Floats(op.dBias());
        int columns = op.dOut().columns();
        for (int c = 0; c < columns; c++) {
            double sum = 0;
            for (long n = 0; n < op.dOut().rows(); n++) {
                sum += dOut.get(n * columns + c);
            }
            dBias.add(c, (float) sum);
        }
    }

    static void slice(Op.SliceColumns op) {
        Floats x = new Floats(op.x());
        Floats out = new Floats(op.out());
        int width = op.out().columns();
        for (long n = 0; n < op.out().rows(); n++) {
            for (int c = 0; c < width; c++) {
                out.set(n * width + c, x.get(n * op.x().columns() + op.from() + c));
            }
        }
    }

    static void sliceBackward(Op.SliceColumnsBackward op) {
        Floats dOut = new Floats(op.dOut());
        Floats dX = new Floats(op.dX());
        int width = op.dOut().columns();
        for (long n = 0; n < op.dOut().rows(); n++) {
            for (int c = 0; c < width; c++) {
                dX.add(n * op.dX().columns() + op.from() + c, dOut.get(n * width + c));
            }
        }
    }
}
