package dev.tasker.db.embedded;

import com.sun.security.auth.module.UnixSystem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// The operating-system account that the server's programs run as, and how they get there.
///
/// PostgreSQL refuses to run as root. A process of root therefore drops its privileges in the first of
/// these ways that works: `setpriv` (util-linux, also inside a chroot), `unshare -U` (a user namespace,
/// in containers that forbid changing the user), `runuser`.
///
/// @param name for messages
/// @param uid the owner of the server's files
/// @param gid their group
/// @param prefix the words before each command; empty for an ordinary user
public record ServerAccount(String name, int uid, int gid, List<String> prefix) {

    private static final int ROOT = 0;
    private static final Path ACCOUNTS = Path.of("/etc/passwd");
    // An account of its own is safer than nobody, which other programs may use too.
    private static final List<String> UNPRIVILEGED = List.of("postgres", "nobody");
    private static final int TRIAL_SECONDS_MAX = 10;

    public ServerAccount {
        prefix = List.copyOf(prefix);
    }

    /// The account for a new database.
    public static ServerAccount ofThisProcess() {
        int uid = ownUid();
        if (uid != ROOT) {
            return thisUser(uid);
        }
        return firstWorking(waysOutOfRoot())
                .orElseThrow(() -> new EmbeddedPostgresException(
                        "PostgreSQL does not run as root, and none of setpriv, unshare -U and runuser could leave root."
                                + " Run Tasker as another user, or set TASKER_DATABASE_URL."));
    }

    /// The account that owns an existing database, which alone may run it.
    public static ServerAccount ownerOf(Path data) {
        int owner = uidOf(data);
        int uid = ownUid();
        if (owner == uid && owner != ROOT) {
            return thisUser(uid);
        }
        if (uid != ROOT) {
            throw new EmbeddedPostgresException("The database folder " + data + " belongs to uid " + owner
                    + ", this process runs as uid " + uid + ". Run Tasker as its owner, or remove the folder.");
        }
        List<Account> owners = accounts().stream()
                .filter(account -> account.uid == owner && owner != ROOT)
                .toList();
        return firstWorking(waysOut(owners, owner == ROOT))
                .orElseThrow(() -> new EmbeddedPostgresException("The database folder " + data + " belongs to uid "
                        + owner + ", and no way to run PostgreSQL as that account worked. Run Tasker as its owner."));
    }

    boolean isThisUser() {
        return uid == ownUid();
    }

    /// The command with the words that change the account before it.
    public List<String> command(List<String> words) {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(words);
        return command;
    }

    /// Gives a file or folder to the account; does nothing for an ordinary user.
    public void own(Path path) throws IOException {
        if (uid != ownUid()) {
            Files.setAttribute(path, "unix:uid", uid, LinkOption.NOFOLLOW_LINKS);
            Files.setAttribute(path, "unix:gid", gid, LinkOption.NOFOLLOW_LINKS);
        }
    }

    // Not from /proc, which a chroot may lack.
    static int ownUid() {
        return Math.toIntExact(new UnixSystem().getUid());
    }

    static int uidOf(Path path) {
        try {
            return (int) Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS);
        } catch (IOException | UnsupportedOperationException e) {
            throw new EmbeddedPostgresException("The owner of " + path + " could not be read: " + e, e);
        }
    }

    private static ServerAccount thisUser(int uid) {
        return new ServerAccount(
                System.getProperty("user.name"), uid, Math.toIntExact(new UnixSystem().getGid()), List.of());
    }

    private static List<Account> unprivileged() {
        List<Account> accounts = accounts();
        return UNPRIVILEGED.stream()
                .flatMap(name -> accounts.stream().filter(account -> account.name.equals(name)))
                .toList();
    }

    /// All ways that a new database of root may use, the preferred one first; some may not work here.
    static List<ServerAccount> waysOutOfRoot() {
        return waysOut(unprivileged(), true);
    }

    private static List<ServerAccount> waysOut(List<Account> candidates, boolean byNamespace) {
        List<ServerAccount> ways = new ArrayList<>();
        for (Account account : candidates) {
            ways.add(account.by(
                    List.of("setpriv", "--reuid=" + account.uid, "--regid=" + account.gid, "--clear-groups", "--")));
        }
        if (byNamespace) {
            // The files still belong to root; only inside the namespace root has another name.
            ways.add(new ServerAccount("root in a user namespace", ROOT, ROOT, List.of("unshare", "-U", "--")));
        }
        for (Account account : candidates) {
            ways.add(account.by(List.of("runuser", "-u", account.name, "--")));
        }
        return ways;
    }

    private static Optional<ServerAccount> firstWorking(List<ServerAccount> ways) {
        return ways.stream().filter(ServerAccount::works).findFirst();
    }

    boolean works() {
        try {
            Process trial = new ProcessBuilder(command(List.of("true")))
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (trial.waitFor(TRIAL_SECONDS_MAX, TimeUnit.SECONDS)) {
                return trial.exitValue() == 0;
            }
            trial.destroyForcibly();
            return false;
        } catch (IOException _) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EmbeddedPostgresException("Interrupted while leaving root for the database server.", e);
        }
    }

    private static List<Account> accounts() {
        try {
            return Files.readAllLines(ACCOUNTS, StandardCharsets.ISO_8859_1).stream()
                    .map(line -> line.split(":", -1))
                    .filter(fields -> fields.length >= 4)
                    .map(fields -> new Account(fields[0], Integer.parseInt(fields[2]), Integer.parseInt(fields[3])))
                    .toList();
        } catch (IOException | NumberFormatException e) {
            throw new EmbeddedPostgresException(ACCOUNTS + " could not be read to find an unprivileged account.", e);
        }
    }

    /// A line of the account file.
    private record Account(String name, int uid, int gid) {
        ServerAccount by(List<String> prefix) {
            return new ServerAccount(name, uid, gid, prefix);
        }
    }
}
