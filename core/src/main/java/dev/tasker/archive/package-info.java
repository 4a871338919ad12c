/// Archiving: tasks that ended long ago leave the live tables, batch by batch, while work goes on.
///
/// [dev.tasker.store] moves the batches; whoever calls decides where to wait. Read [Archiver] first.
@NullMarked
package dev.tasker.archive;

import org.jspecify.annotations.NullMarked;
