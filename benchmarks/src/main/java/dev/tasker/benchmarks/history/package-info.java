/// What a long history costs: every figure that is promised for a million finished tasks, beside the same without them.
@NullMarked
package dev.tasker.benchmarks.history;

import org.jspecify.annotations.NullMarked;
