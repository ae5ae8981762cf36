/** Keys and values of earlier tokens, in blocks that sequences share: what generation reads instead of its prompts. */
package dev.errata.model.cache;
