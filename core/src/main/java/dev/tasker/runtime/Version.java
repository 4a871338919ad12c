package dev.tasker.runtime;

import java.util.Optional;

/// The version of this build.
public final class Version {
    public static final String CURRENT = Optional.ofNullable(
                    Version.class.getPackage().getImplementationVersion())
            .orElse("development");

    private Version() {}
}
