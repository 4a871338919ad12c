/// The PostgreSQL server that Tasker starts when nobody names a database: durable, on the loopback
/// address only, one per home folder, shared by all processes of its user.
///
/// Read [dev.tasker.db.embedded.EmbeddedPostgres] first. The other types, in the order in which an open
/// uses them: the account that the server runs as, the folder, the lock that processes share, the
/// unpacked binaries, the cluster (`initdb`), the running server.
@NullMarked
package dev.tasker.db.embedded;

import org.jspecify.annotations.NullMarked;
