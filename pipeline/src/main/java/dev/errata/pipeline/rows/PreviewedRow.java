package dev.errata.pipeline.rows;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import dev.errata.model.text.ModelText;
import dev.errata.model.tokenizer.StreamingDecoder;
import dev.errata.train.data.Example;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A row as the model sees it.
 *
 * @param row from 1, over all files
 * @param targets tokens that the loss counts
 * @param pieces the row's text from its first token to its last
 * @param dropped why it isn't trained; null, and left out, where it is
 */
public record PreviewedRow(
        int row,
        int tokens,
        int targets,
        List<Piece> pieces,
        @JsonInclude(JsonInclude.Include.NON_NULL) String dropped) {
    /** A part of the text, all of whose tokens are trained or none; a list of two in JSON. */
    @JsonFormat(shape = JsonFormat.Shape.ARRAY)
    @JsonPropertyOrder({"text", "trained"})
    public record Piece(String text, boolean trained) {}

    /**
     * @param text empty where the model has no tokenizer; pieces are ids then
     */
    static PreviewedRow of(int number, ExampleReader.Read read, Optional<ModelText> text) {
        Example example = read.example();
        List<Piece> pieces = new ArrayList<>();
        StreamingDecoder decoder =
                text.map(model -> model.tokenizer().streamingDecoder(false)).orElse(null);
        int n = example.ids().length;
        for (int from = 0; from < n; ) {
            boolean trained = isTarget(example, from);
            StringBuilder piece = new StringBuilder();
            int at = from;
            for (; at < n && isTarget(example, at) == trained; at++) {
                int id = example.ids()[at];
                piece.append(decoder != null ? decoder.append(id) : (piece.isEmpty() ? "" : " ") + id);
            }
            if (at == n && decoder != null) {
                piece.append(decoder.finish());
            }
            pieces.add(new Piece(piece.toString(), trained));
            from = at;
        }
        return new PreviewedRow(number, n, example.targets(), pieces, read.dropped());
    }

    /** A first token has nothing before it, and is never trained. */
    private static boolean isTarget(Example example, int token) {
        return token > 0 && example.labels()[token] >= 0;
    }
}
