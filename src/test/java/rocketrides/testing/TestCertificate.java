package rocketrides.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** A self-signed certificate for 127.0.0.1 and its key, as two PEM files. */
public record TestCertificate(Path certificate, Path key) {
    private static final String PASSWORD = "changeit";

    public static TestCertificate in(Path directory) {
        try {
            var made = new TestCertificate(directory.resolve("server.crt"), directory.resolve("server.key"));
            made.write(directory.resolve("server.p12"));
            return made;
        } catch (IOException | GeneralSecurityException | InterruptedException e) {
            throw new IllegalStateException("no certificate in " + directory, e);
        }
    }

    private void write(Path store) throws IOException, GeneralSecurityException, InterruptedException {
        keytool(
                store,
                ("-genkeypair -keyalg RSA -keysize 2048 -dname CN=test -ext SAN=ip:127.0.0.1 -validity 2"
                                + " -storetype PKCS12")
                        .split(" "));
        keytool(store, "-exportcert", "-rfc", "-file", certificate.toString());
        var keys = KeyStore.getInstance("PKCS12");
        try (var in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        var secret = keys.getKey("server", PASSWORD.toCharArray()).getEncoded();
        Files.createFile(key, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(
                key,
                "-----BEGIN PRIVATE KEY-----\n" + Base64.getMimeEncoder().encodeToString(secret)
                        + "\n-----END PRIVATE KEY-----\n");
    }

    private static void keytool(Path store, String... arguments) throws IOException, InterruptedException {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        command.addAll(List.of("-alias", "server", "-keystore", store.toString(), "-storepass", PASSWORD));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
    }
}
