/// What is asked about stored tasks, steps and transitions, beside the flow: filters, pages and counts.
///
/// The filters are plain values; [dev.tasker.store] turns them into statements that use an index. Read [TaskQuery]
/// first.
@NullMarked
package dev.tasker.query;

import org.jspecify.annotations.NullMarked;
