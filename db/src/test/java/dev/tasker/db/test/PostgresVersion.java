package dev.tasker.db.test;

/// The PostgreSQL versions that tests can ask for.
public enum PostgresVersion {
    /// The oldest that Tasker runs on; only the db module's own tests have its programs.
    V15,
    /// The one that Tasker brings along.
    V18
}
