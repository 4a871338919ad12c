/// Tests of workflows: real handlers or scripted ones, in virtual time, on the real database routines.
///
/// Read [WorkflowTest] first. [dev.tasker.testing.simulation] looks for what nobody thought of.
@NullMarked
package dev.tasker.testing;

import org.jspecify.annotations.NullMarked;
