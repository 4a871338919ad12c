package dev.tasker.db.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;

/// Which folders an account can enter, by owner, group and permissions of all folders above.
///
/// Access lists are not read: a folder that only they open counts as closed.
record Reach(ServerAccount account) {

    static Reach of(ServerAccount account) {
        return new Reach(account);
    }

    boolean canEnter(Path folder) {
        try {
            for (Path path = folder.toRealPath(); path != null; path = path.getParent()) {
                if (!canPass(path)) {
                    return false;
                }
            }
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    private boolean canPass(Path folder) throws IOException {
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(folder);
        if ((int) Files.getAttribute(folder, "unix:uid") == account.uid()) {
            return permissions.contains(PosixFilePermission.OWNER_EXECUTE);
        }
        if ((int) Files.getAttribute(folder, "unix:gid") == account.gid()) {
            return permissions.contains(PosixFilePermission.GROUP_EXECUTE);
        }
        return permissions.contains(PosixFilePermission.OTHERS_EXECUTE);
    }
}
