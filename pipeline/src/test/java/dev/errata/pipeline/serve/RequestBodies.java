package dev.errata.pipeline.serve;

import dev.errata.model.text.ModelText;
import dev.errata.pipeline.serve.http.RequestFault;

/** What clients send, read as the server reads it, without a model behind it. */
public final class RequestBodies {
    private RequestBodies() {}

    /**
     * Reads a body as a completion's settings and as a conversation's.
     *
     * @throws RequestFault for what a client is told
     */
    public static void read(byte[] bytes, RequestDefaults defaults, ModelText text) {
        BodyFields settings = BodyFields.of(bytes);
        GenerationFields.read(settings, defaults);
        BodyFields conversation = BodyFields.of(bytes);
        ChatMessages.read(conversation).prompt(text, true);
        conversation.refuseUnknown();
    }
}
