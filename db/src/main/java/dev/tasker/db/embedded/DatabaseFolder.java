package dev.tasker.db.embedded;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/// Where the database of one home folder lies, and the account that runs it.
///
/// It is `~/.tasker/postgres`. When the server's account cannot reach that, because the home folder is
/// closed to others and this process is root's, or because the home folder cannot be written, it is a
/// folder with the home's hash below the first fallback that can be used. A place that holds a
/// database already comes before all others, so that a changed permission never hides the data.
///
/// @param base holds the unpacked binaries, for all databases beside it
/// @param folder holds data, password, locks and log
record DatabaseFolder(Path base, Path folder, ServerAccount account) {

    private static final String DATA = "data-";
    private static final String HOME_FILE = "home";
    private static final Set<PosixFilePermission> FOREIGN_WRITE =
            EnumSet.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);

    /// Finds the folder, or creates it on first use.
    static DatabaseFolder choose(EmbeddedPostgresConfig config) {
        List<Place> places = places(config);
        for (Place place : places) {
            Optional<Path> data = place.data();
            if (data.isPresent()) {
                return existing(place, ServerAccount.ownerOf(data.get()));
            }
        }
        ServerAccount account = ServerAccount.ofThisProcess();
        List<String> refusals = new ArrayList<>();
        for (Place place : places) {
            Optional<String> refusal = place.prepare(account);
            if (refusal.isEmpty()) {
                return new DatabaseFolder(place.base, place.folder, account);
            }
            refusals.add(refusal.get());
        }
        throw new EmbeddedPostgresException("No folder for the embedded database can be used: "
                + String.join("; ", refusals) + ". Set HOME to a folder that can be written, or TASKER_DATABASE_URL.");
    }

    Path binaries() {
        return base.resolve("binaries");
    }

    /// The data folder of the given major version.
    ///
    /// @throws EmbeddedPostgresException if there is only one of another version
    Path data(int major) {
        Path data = folder.resolve(DATA + major);
        Optional<Path> other = Files.exists(data) ? Optional.empty() : dataIn(folder);
        if (other.isPresent()) {
            throw new EmbeddedPostgresException("The data in " + other.get() + " is of another PostgreSQL version than "
                    + major + ", which this release of Tasker brings. Export it with the release that wrote it, or move"
                    + " it away to begin anew.");
        }
        return data;
    }

    Path file(String name) {
        return folder.resolve(name);
    }

    private static DatabaseFolder existing(Place place, ServerAccount account) {
        refuseForeign(place.base);
        refuseForeign(place.folder);
        if (!Reach.of(account).canEnter(place.folder)) {
            throw new EmbeddedPostgresException("The database in " + place.folder + " cannot be reached by account "
                    + account.name() + ", which owns its data: a folder above is closed to it. Open that folder to"
                    + " others (chmod o+x), or run Tasker as another user.");
        }
        return new DatabaseFolder(place.base, place.folder, account);
    }

    private static List<Place> places(EmbeddedPostgresConfig config) {
        Path home = config.home();
        String hash = UUID.nameUUIDFromBytes(home.toString().getBytes(StandardCharsets.UTF_8))
                .toString();
        List<Place> places = new ArrayList<>();
        Path ofHome = home.resolve(".tasker");
        places.add(new Place(home, home, ofHome, ofHome.resolve("postgres")));
        for (Path fallback : config.fallbacks()) {
            Path parent = Objects.requireNonNullElse(fallback.getParent(), fallback);
            places.add(new Place(home, parent, fallback, fallback.resolve(hash)));
        }
        return places;
    }

    private static Optional<Path> dataIn(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().matches(DATA + "\\d+"))
                    .sorted()
                    .findFirst();
        } catch (IOException e) {
            throw new EmbeddedPostgresException(
                    folder + " could not be read: " + e + ". Run Tasker as its owner, or choose another HOME.", e);
        }
    }

    /// Refuses a folder that another user could have prepared or can change.
    private static void refuseForeign(Path folder) {
        try {
            if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
                throw new EmbeddedPostgresException(folder + " is not a folder. Remove it or choose another HOME.");
            }
            if (ServerAccount.uidOf(folder) != ServerAccount.ownUid()) {
                throw new EmbeddedPostgresException(folder + " belongs to uid " + ServerAccount.uidOf(folder)
                        + ", this process runs as uid " + ServerAccount.ownUid()
                        + ". Run Tasker as its owner, or choose another HOME.");
            }
            if (Files.getPosixFilePermissions(folder).stream().anyMatch(FOREIGN_WRITE::contains)) {
                throw new EmbeddedPostgresException(
                        folder + " can be written by other users. Close it: chmod go-w " + folder);
            }
        } catch (IOException e) {
            throw new EmbeddedPostgresException(folder + " could not be read: " + e, e);
        }
    }

    /// One place where the database of `home` may lie.
    private record Place(Path home, Path parent, Path base, Path folder) {

        Optional<Path> data() {
            boolean isOwn = Files.isDirectory(folder) && ServerAccount.uidOf(folder) == ServerAccount.ownUid();
            return isOwn || (isInHome() && Files.isDirectory(folder)) ? dataIn(folder) : Optional.empty();
        }

        /// Creates the folders; tells why it cannot be used, if so.
        ///
        /// @throws EmbeddedPostgresException if the folder in the home is somebody else's: another
        ///     place would hide that
        Optional<String> prepare(ServerAccount account) {
            if (!Files.isDirectory(parent)) {
                return Optional.of(parent + " does not exist");
            }
            if (!Reach.of(account).canEnter(parent)) {
                return Optional.of(parent + " cannot be reached by account " + account.name());
            }
            try {
                makeOwn(base, account);
                makeOwn(base.resolve("binaries"), account);
                makeOwn(folder, account);
                // A hash cannot be read back: tells an administrator whose data this is.
                Files.writeString(folder.resolve(HOME_FILE), home + "\n");
                return Optional.empty();
            } catch (IOException e) {
                return Optional.of(base + " cannot be written (" + e + ")");
            } catch (EmbeddedPostgresException e) {
                if (isInHome()) {
                    throw e;
                }
                return Optional.of(String.valueOf(e.getMessage()));
            }
        }

        private boolean isInHome() {
            return parent.equals(home);
        }

        private static void makeOwn(Path folder, ServerAccount account) throws IOException {
            Set<PosixFilePermission> closed = PosixFilePermissions.fromString("rwx------");
            try {
                Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(closed));
            } catch (FileAlreadyExistsException _) {
                refuseForeign(folder);
            }
            if (!account.isThisUser()) {
                Set<PosixFilePermission> open = Files.getPosixFilePermissions(folder);
                open.add(PosixFilePermission.OTHERS_EXECUTE);
                Files.setPosixFilePermissions(folder, open);
            }
        }
    }
}
