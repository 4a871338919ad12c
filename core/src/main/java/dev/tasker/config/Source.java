package dev.tasker.config;

/// Where a value was given. Its text is what messages begin with.
public sealed interface Source {
    /// Nowhere: the standard value.
    record Standard() implements Source {
        @Override
        public String toString() {
            return "default";
        }
    }

    /// A line of the configuration file, from 1.
    record Line(String file, int line) implements Source {
        @Override
        public String toString() {
            return file + ":" + line;
        }
    }

    /// An environment variable.
    record Variable(String name) implements Source {
        @Override
        public String toString() {
            return name;
        }
    }

    /// An option of the command line, for example `--lease` or `--set`.
    record Option(String name) implements Source {
        @Override
        public String toString() {
            return name;
        }
    }
}
