package dev.errata.pipeline.serve.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.regex.Pattern;

/**
 * Who may ask: whoever has the key, or where there is none, programs of this machine. A page of another site that a browser
 * here has open isn't one of them: it may let its own name point to this machine, which is seen by the name.
 */
public final class AccessRules {
    private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|\\[[0-9a-fA-F:.%]+]");

    private final byte[] key;
    private final boolean anyName;

    /**
     * @param key null for none
     * @param anyName whether requests may call this server by any name, though there is no key
     */
    public AccessRules(String key, boolean anyName) {
        this.key = key == null ? null : key.getBytes(StandardCharsets.UTF_8);
        this.anyName = anyName;
    }

    /**
     * @throws RequestFault if the server is called by a name that it hasn't
     */
    public void checkName(RequestHead head) {
        String host = head.host();
        if (key == null
                && !anyName
                && host != null
                && !host.equalsIgnoreCase("localhost")
                && !ADDRESS.matcher(host).matches()) {
            throw RequestFault.forbidden(
                    "without a key this server is called localhost or by its address, not " + host);
        }
    }

    /**
     * @throws RequestFault if the key is missing or another
     */
    public void checkKey(RequestHead head) {
        if (key == null) {
            return;
        }
        String given = head.bearer();
        if (given == null) {
            throw RequestFault.unauthorized("this server wants its key: Authorization: Bearer KEY");
        }
        if (!MessageDigest.isEqual(key, given.getBytes(StandardCharsets.UTF_8))) {
            throw RequestFault.unauthorized("the key is not this server's");
        }
    }
}
