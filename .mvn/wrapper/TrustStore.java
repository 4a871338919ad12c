import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;

/// Makes a Java trust store of the certificates that the system trusts. For a JDK that lacks one: Debian's packages
/// share a store outside the JDK's folder, and a JDK that was copied without it cannot open an HTTPS connection.
///
/// Arguments: a PEM file, and the store to write (PKCS12, password `changeit`).
class TrustStore {
    public static void main(String[] arguments) throws Exception {
        char[] password = "changeit".toCharArray();
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, password);
        try (InputStream in = Files.newInputStream(Path.of(arguments[0]))) {
            int number = 0;
            for (Certificate certificate : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                store.setCertificateEntry("system-" + number++, certificate);
            }
        }
        Path target = Path.of(arguments[1]);
        Path work = Files.createTempFile(target.getParent(), "trust-store", ".p12");
        try (OutputStream out = Files.newOutputStream(work)) {
            store.store(out, password);
        }
        Files.move(work, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
