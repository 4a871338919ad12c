/// The database: the only package that runs SQL, one class per table group.
///
/// Every public method is one transaction unless it says otherwise. Implements the ports of earlier stages. Read
/// [Database] first.
@NullMarked
package dev.tasker.store;

import org.jspecify.annotations.NullMarked;
