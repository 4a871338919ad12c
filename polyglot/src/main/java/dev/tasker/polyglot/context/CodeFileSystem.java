package dev.tasker.polyglot.context;

import java.io.IOException;
import java.net.URI;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.AccessMode;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import org.graalvm.polyglot.io.FileSystem;

/// The files that confined handlers see: the code beside their own, read-only, and the base library.
///
/// Only files of code can be read below the folders that were opened with [#open], and all files of packages below
/// those of [#openPackages]; a link that leads out of them is refused. What the languages themselves consist of is
/// added by GraalVM. Safe from any thread.
public final class CodeFileSystem implements FileSystem {
    /// What the base library is called in stack traces; such frames are not the handler's.
    public static final String LIBRARY = "<tasker>";

    private static final Set<String> CODE_SUFFIXES =
            Set.of(".py", ".pyi", ".pyc", ".mjs", ".js", ".cjs", ".json", ".rb");
    /// Behind the path of a CommonJS module: the module that gives what it exports.
    private static final String WRAPPER = ".tasker-commonjs.mjs";

    private static final Path LIBRARY_FILE = Path.of("/" + LIBRARY + "/tasker.mjs");
    /// Packages that were not found stand here, until somebody tries to read them.
    private static final Path MISSING = Path.of("/" + LIBRARY + "/missing");

    private final FileSystem disk = FileSystem.newDefaultFileSystem();
    private final Set<Path> roots;
    private final NodePackages packages;
    private final byte[] library;
    private final boolean importsByName;
    private final boolean isUnconfined;

    public CodeFileSystem(GuestLanguage language) {
        this(
                new CopyOnWriteArraySet<>(),
                new NodePackages(),
                GuestLanguage.JAVASCRIPT.library("tasker.mjs").getBytes(StandardCharsets.UTF_8),
                language == GuestLanguage.JAVASCRIPT,
                false);
    }

    /// @param library       the JavaScript module that `import ... from "tasker"` gives
    /// @param importsByName whether a path may be the name of a package
    private CodeFileSystem(
            Set<Path> roots, NodePackages packages, byte[] library, boolean importsByName, boolean isUnconfined) {
        this.roots = roots;
        this.packages = packages;
        this.library = library;
        this.importsByName = importsByName;
        this.isUnconfined = isUnconfined;
    }

    /// Opens the tree that a handler file may import from: the folder above its own, so that a template, its handlers
    /// and what they share may stand side by side.
    public void open(Path handlerFile) throws IOException {
        Path folder = Objects.requireNonNull(handlerFile.toRealPath().getParent(), "a file is in a folder");
        Path above = folder.getParent();
        roots.add(above == null || above.getParent() == null ? folder : above);
    }

    /// Opens a folder of packages, whose code may be imported by name, and whose other files may be read.
    public void openPackages(Path folder) throws IOException {
        Path real = folder.toRealPath();
        roots.add(real);
        packages.add(real);
    }

    /// Where JavaScript finds packages.
    public NodePackages packages() {
        return packages;
    }

    /// The text of a code file that handlers may read.
    public String readCode(Path path) throws IOException {
        requireReadable(path);
        return Files.readString(path);
    }

    CodeFileSystem openedFor(boolean ioGranted) {
        return new CodeFileSystem(roots, packages, library, importsByName, ioGranted);
    }

    FileSystem withLanguageFiles() {
        return FileSystem.allowInternalResourceAccess(this);
    }

    @Override
    public Path parsePath(URI uri) {
        return disk.parsePath(uri);
    }

    @Override
    public Path parsePath(String path) {
        if (!importsByName) {
            return disk.parsePath(path);
        }
        if (path.equals("tasker")) {
            return LIBRARY_FILE;
        }
        if (packages.isMissing(path)) {
            return MISSING.resolve(path);
        }
        return packages.imported(path)
                .map(file -> NodePackages.isCommonJs(file) ? Path.of(file + WRAPPER) : file)
                .orElseGet(() -> disk.parsePath(path));
    }

    @Override
    public void checkAccess(Path path, Set<? extends AccessMode> modes, LinkOption... options) throws IOException {
        if (isLibrary(path)) {
            return;
        }
        if (isWrapper(path)) {
            requireReadable(wrapped(path));
            return;
        }
        if (modes.contains(AccessMode.WRITE)) {
            requireGrant(path);
        }
        requireVisible(path);
        disk.checkAccess(path, modes, options);
    }

    @Override
    public SeekableByteChannel newByteChannel(
            Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes) throws IOException {
        if (isLibrary(path)) {
            return new MemoryChannel(library);
        }
        if (isWrapper(path)) {
            String wrapper = new CommonJsExports(packages, this::readCode).wrapperOf(wrapped(path));
            return new MemoryChannel(wrapper.getBytes(StandardCharsets.UTF_8));
        }
        if (options.stream().anyMatch(option -> option != StandardOpenOption.READ)) {
            requireGrant(path);
        }
        requireReadable(path);
        return disk.newByteChannel(path, options, attributes);
    }

    @Override
    public DirectoryStream<Path> newDirectoryStream(Path folder, DirectoryStream.Filter<? super Path> filter)
            throws IOException {
        requireVisible(folder);
        return disk.newDirectoryStream(folder, filter);
    }

    @Override
    public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options) throws IOException {
        if (isLibrary(path)) {
            return Map.of("isRegularFile", true, "isDirectory", false, "size", (long) library.length);
        }
        if (isWrapper(path)) {
            return disk.readAttributes(wrapped(path), attributes, options);
        }
        requireVisible(path);
        return disk.readAttributes(path, attributes, options);
    }

    @Override
    public Path toRealPath(Path path, LinkOption... options) throws IOException {
        if (isLibrary(path)) {
            return LIBRARY_FILE;
        }
        if (isWrapper(path)) {
            requireVisible(wrapped(path));
            return path;
        }
        requireVisible(path);
        return disk.toRealPath(path, options);
    }

    @Override
    public Path readSymbolicLink(Path link) throws IOException {
        requireVisible(link);
        return disk.readSymbolicLink(link);
    }

    @Override
    public Path toAbsolutePath(Path path) {
        return disk.toAbsolutePath(path);
    }

    @Override
    public void createDirectory(Path folder, FileAttribute<?>... attributes) throws IOException {
        requireGrant(folder);
        disk.createDirectory(folder, attributes);
    }

    @Override
    public void delete(Path path) throws IOException {
        requireGrant(path);
        disk.delete(path);
    }

    private static boolean isWrapper(Path path) {
        return path.toString().endsWith(WRAPPER);
    }

    private static Path wrapped(Path path) {
        String name = path.toString();
        return Path.of(name.substring(0, name.length() - WRAPPER.length()));
    }

    private static boolean isLibrary(Path path) {
        return path.equals(LIBRARY_FILE);
    }

    private void requireReadable(Path path) throws IOException {
        requireVisible(path);
        if (!isUnconfined && !isOfPackage(path) && !isCode(disk.toRealPath(path))) {
            throw denied(path);
        }
    }

    // Packages bring tables and descriptions of themselves along, which belong to them as their code does.
    private boolean isOfPackage(Path path) throws IOException {
        return packages.folders().stream().anyMatch(real(path)::startsWith);
    }

    private void requireVisible(Path path) throws IOException {
        if (path.startsWith(MISSING)) {
            throw new NoSuchFileException(
                    path.toString(),
                    null,
                    "there is no package " + MISSING.relativize(path) + "; " + packages.searched());
        }
        if (!isUnconfined && roots.stream().noneMatch(real(path)::startsWith)) {
            throw denied(path);
        }
    }

    private void requireGrant(Path path) throws IOException {
        if (!isUnconfined) {
            throw denied(path);
        }
    }

    // What does not exist is judged by its nearest folder that does.
    private static Path real(Path path) throws IOException {
        Path absolute = path.toAbsolutePath().normalize();
        Path existing = absolute;
        while (existing.getParent() != null && !Files.exists(existing, LinkOption.NOFOLLOW_LINKS)) {
            existing = existing.getParent();
        }
        return existing.toRealPath().resolve(existing.relativize(absolute)).normalize();
    }

    private static boolean isCode(Path path) {
        String name = path.toString().toLowerCase(Locale.ROOT);
        return CODE_SUFFIXES.stream().anyMatch(name::endsWith);
    }

    private static AccessDeniedException denied(Path path) {
        return new AccessDeniedException(
                path.toString(), null, "handlers may import code beside them, and read data with read_text");
    }
}
