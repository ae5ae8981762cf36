/** {@code errata serve}: OpenAI's API and llama.cpp's small endpoints over one generation engine, and a chat page. */
package dev.errata.pipeline.serve;
