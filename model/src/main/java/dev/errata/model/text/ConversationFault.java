package dev.errata.model.text;

/** A conversation that can't be trained on as it is; whoever read it knows the file and the line. */
public final class ConversationFault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String remedy;

    /**
     * @param what what is wrong, with the message's number
     * @param remedy what the user can do
     */
    public ConversationFault(String what, String remedy) {
        super(what);
        this.remedy = remedy;
    }

    public String remedy() {
        return remedy;
    }
}
