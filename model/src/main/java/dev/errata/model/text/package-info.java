/** How texts reach a model: its tokenizer, its chat template, and the wrapping of prompts. */
package dev.errata.model.text;
