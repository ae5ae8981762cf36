package dev.errata.model.chat;

/** What a name, attribute or item that doesn't exist gives: empty as text, false as a condition, an error elsewhere. */
record Undefined(String name) {
    TemplateFailure failure() {
        return new TemplateFailure("'" + name + "' is undefined");
    }
}
