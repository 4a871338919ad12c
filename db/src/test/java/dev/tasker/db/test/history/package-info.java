/// History for tests and benchmarks: finished and active tasks by the thousand or by the million, with all that an
/// engine would have recorded of them.
///
/// A [dev.tasker.db.test.history.Story] plays one task in virtual time by the rules of the wave,
/// [dev.tasker.db.test.history.HistoryRows] turns it into rows. Read
/// [dev.tasker.db.test.history.HistoryGenerator] first.
@NullMarked
package dev.tasker.db.test.history;

import org.jspecify.annotations.NullMarked;
