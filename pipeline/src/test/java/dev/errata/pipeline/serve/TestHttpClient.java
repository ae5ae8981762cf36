package dev.errata.pipeline.serve;

import java.net.http.HttpClient;

/** Clients of tests that leave the JDK as {@code Endpoint} wants it, whose tests run in the same JVM. */
public final class TestHttpClient {
    static {
        // Read once, when the first client is made: see Endpoint.
        System.setProperty("jdk.http.auth.tunneling.disabledSchemes", "");
    }

    private TestHttpClient() {}

    public static HttpClient open() {
        return HttpClient.newHttpClient();
    }
}
