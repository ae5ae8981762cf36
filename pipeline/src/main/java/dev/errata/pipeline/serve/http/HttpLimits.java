package dev.errata.pipeline.serve.http;

/**
 * What a client may ask of the connection.
 *
 * @param bodyBytes of one request
 * @param receiveSeconds until a request must be there whole, and that a connection may lie idle
 * @param connections open at a time; further ones are closed
 */
public record HttpLimits(int bodyBytes, int receiveSeconds, int connections) {}
