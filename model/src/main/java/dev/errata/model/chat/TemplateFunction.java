package dev.errata.model.chat;

/** Something that a template can call: a macro, a method, a function of the environment. */
@FunctionalInterface
interface TemplateFunction {
    Object call(CallArguments arguments);
}
