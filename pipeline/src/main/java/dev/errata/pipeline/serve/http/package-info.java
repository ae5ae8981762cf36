/** HTTP for {@code errata serve}: connections, bounds, one request in hand, server-sent events. It knows nothing of models. */
package dev.errata.pipeline.serve.http;
