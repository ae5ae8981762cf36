/** Chat templates: a bounded interpreter for the part of jinja that published templates use. */
package dev.errata.model.chat;
