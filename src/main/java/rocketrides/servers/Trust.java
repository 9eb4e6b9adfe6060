package rocketrides.servers;

import io.vertx.core.Vertx;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.TrustOptions;
import java.net.Socket;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Verifies server certificates, and remembers why the last one was refused. The clients only report that a handshake
 * failed, which could also be an outage.
 */
final class Trust extends X509ExtendedTrustManager {
    private final Vertx vertx;
    private final Optional<Path> caFile;

    /** Null until a connection needs it: to read those of the JDK takes a tenth of a second. */
    private volatile X509ExtendedTrustManager authorities;

    private volatile CertificateException refusal;

    /**
     * @param caFile the certificate authorities to trust, in PEM; empty: the JDK's, or those of
     *     {@code -Djavax.net.ssl.trustStore}
     * @throws ServerException if the file cannot be read or has no certificates
     */
    Trust(Vertx vertx, Optional<Path> caFile) {
        this.vertx = vertx;
        this.caFile = caFile;
        if (caFile.isPresent()) {
            load(); // so that an error is reported at the start
        }
    }

    private synchronized void load() {
        if (authorities != null) {
            return;
        }
        try {
            authorities = (X509ExtendedTrustManager) factory().getTrustManagers()[0];
        } catch (Exception e) {
            throw new ServerException(
                    "Cannot read whom to trust from "
                            + caFile.map(Path::toString).orElse("the JVM's trust store") + ": " + e,
                    e);
        }
    }

    private TrustManagerFactory factory() throws Exception {
        if (caFile.isPresent()) {
            return new PemTrustOptions().addCertPath(caFile.get().toString()).getTrustManagerFactory(vertx);
        }
        var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init((KeyStore) null);
        return factory;
    }

    /** Fails like the constructor. */
    TrustOptions options() {
        load();
        return TrustOptions.wrap(this);
    }

    /**
     * Says what to do, if the last certificate was refused, which waiting cannot change. Empty if it was trusted, or if
     * there has been none yet.
     *
     * @param server for example {@code Postgres at db:5432}
     * @param setting names the authorities to trust
     * @param failure of the connection
     */
    Optional<ServerException> refusal(String server, String setting, Throwable failure) {
        return Optional.ofNullable(refusal)
                .map(refused -> new ServerException(
                        "The certificate of " + server + " is not trusted: " + refused.getMessage()
                                + ". Name the authorities to trust in " + setting
                                + ", and the host as its certificate does.",
                        failure));
    }

    /** The only one of these methods that Netty calls. */
    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        try {
            authorities.checkServerTrusted(chain, type, engine);
            refusal = null;
        } catch (CertificateException e) {
            refusal = e;
            throw e;
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        authorities.checkServerTrusted(chain, type, socket);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
        authorities.checkServerTrusted(chain, type);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        authorities.checkClientTrusted(chain, type, engine);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        authorities.checkClientTrusted(chain, type, socket);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
        authorities.checkClientTrusted(chain, type);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return authorities.getAcceptedIssuers();
    }
}
