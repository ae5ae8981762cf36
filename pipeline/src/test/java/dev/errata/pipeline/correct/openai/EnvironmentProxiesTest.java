package dev.errata.pipeline.correct.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.pipeline.config.OpenAiConfig;
import dev.errata.tensor.BadInputException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class EnvironmentProxiesTest {
    private static String proxyOf(String target, String... variables) {
        Map<String, String> environment = new java.util.HashMap<>();
        for (int i = 0; i < variables.length; i += 2) {
            environment.put(variables[i], variables[i + 1]);
        }
        return new EnvironmentProxies(environment)
                .of(URI.create(target))
                .map(EnvironmentProxies.Found::name)
                .orElse("none");
    }

    @Test
    void choosesByTheTargetsSchemeLowerCaseFirst() {
        assertThat(proxyOf("http://h/", "http_proxy", "http://p:1", "https_proxy", "http://q:2"))
                .isEqualTo("p:1");
        assertThat(proxyOf("https://h/", "HTTP_PROXY", "http://p:1", "HTTPS_PROXY", "q:2"))
                .isEqualTo("q:2");
        assertThat(proxyOf("https://h/", "HTTPS_PROXY", "http://p:1", "https_proxy", "http://q"))
                .isEqualTo("q:80");
        assertThat(proxyOf("https://h/", "ALL_PROXY", "http://p:1")).isEqualTo("p:1");
        assertThat(proxyOf("http://h/", "HTTPS_PROXY", "http://p:1")).isEqualTo("none");
        assertThat(proxyOf("http://h/", "HTTP_PROXY", "http://p:1", "http_proxy", ""))
                .isEqualTo("none");
    }

    @ParameterizedTest
    @CsvSource(delimiter = ' ', textBlock = """
            http://a.example.com/ example.com none
            http://a.example.com/ .example.com none
            http://a.example.com/ *.example.com none
            http://example.com/ x,EXAMPLE.com none
            http://badexample.com/ example.com p:1
            http://example.com:8080/ example.com:8080 none
            http://example.com/ example.com:8080 p:1
            http://example.com/ example.com:80 none
            http://10.1.2.3/ 10.0.0.0/8 none
            http://11.1.2.3/ 10.0.0.0/8 p:1
            http://[fd00::1]/ fd00::/8 none
            http://10.1.2.3/ 10.1.2.3 none
            http://any.where/ * none
            http://10.1.2.3/ 10.0.0.0/99 p:1
            """)
    void leavesOutTheHostsThatNoProxyNames(String target, String exempt, String expected) {
        assertThat(proxyOf(target, "http_proxy", "http://p:1", "NO_PROXY", exempt))
                .isEqualTo(expected);
    }

    @Test
    void needsNoProxyForThisMachine() {
        for (String target : List.of("http://127.0.0.1:8000/", "http://localhost/", "http://[::1]/")) {
            assertThat(proxyOf(target, "http_proxy", "http://p:1")).isEqualTo("none");
        }
    }

    @Test
    void refusesKindsItCannotUseAndKeepsTheirPasswordsToItself() {
        for (String value :
                List.of("socks5://u:secret@p:1", "https://u:secret@p", "http://u:secret@", "http://u:se cret@p")) {
            assertThatThrownBy(() -> proxyOf("http://h/", "http_proxy", value))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("http_proxy")
                    .message()
                    .doesNotContain("cret");
        }
    }

    /** What a proxy that answers everything with 407 is told: the first lines of each request, and its headers. */
    private static List<String> told(String base, String variable) throws Exception {
        List<String> heads = new CopyOnWriteArrayList<>();
        try (ServerSocket proxy = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> {
                while (!proxy.isClosed()) {
                    try (Socket client = proxy.accept()) {
                        heads.add(head(client));
                        client.getOutputStream()
                                .write("HTTP/1.1 407 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                                        .getBytes(StandardCharsets.US_ASCII));
                    } catch (IOException over) {
                        return;
                    }
                }
            });
            OpenAiConfig config = new OpenAiConfig(base, "m", "A_KEY", 0.0, 9, 1, 0, 0, 5, 0);
            Map<String, String> environment =
                    Map.of("A_KEY", "sk-secret", variable, "http://us%20er:pa%40ss@127.0.0.1:" + proxy.getLocalPort());
            try (Endpoint endpoint = new Endpoint(config, environment)) {
                Reply reply = endpoint.ask(ChatRequest.of(config, "p"));
                assertThat(reply.toString())
                        .contains("407")
                        .doesNotContain("pa%40ss")
                        .doesNotContain("sk-secret");
            }
        }
        return heads;
    }

    private static String head(Socket client) throws IOException {
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
        List<String> head = new ArrayList<>();
        for (String line = lines.readLine(); line != null && !line.isEmpty(); line = lines.readLine()) {
            head.add(line);
        }
        return String.join("\n", head);
    }

    @Test
    void givesTheProxyItsNameAndPasswordAndTheKeyOnlyWhereItMustSeeIt() throws Exception {
        String plain = told("http://endpoint.invalid/v1", "HTTP_PROXY").getFirst();
        assertThat(plain)
                .startsWith("POST http://endpoint.invalid/v1/chat/completions")
                .containsIgnoringCase("Proxy-Authorization: Basic dXMgZXI6cGFAc3M=");
        String tunnel = told("https://endpoint.invalid/v1", "HTTPS_PROXY").getFirst();
        assertThat(tunnel)
                .startsWith("CONNECT endpoint.invalid:443")
                .containsIgnoringCase("Proxy-Authorization: Basic dXMgZXI6cGFAc3M=")
                .doesNotContain("sk-secret");
    }
}
