/// The schema `tasker`: brings a database to this release's version and tells how far it is.
///
/// Every other module reaches the migrations through [dev.tasker.db.SchemaMigrator], the type to read
/// first. `dev.tasker.db.generated` holds the jOOQ classes of the schema, `dev.tasker.db.embedded` the
/// PostgreSQL server that is used when nobody names a database.
@NullMarked
package dev.tasker.db;

import org.jspecify.annotations.NullMarked;
