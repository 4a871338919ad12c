/// What the transition tables tell about a run, and a check that it could only have been a correct one.
///
/// [History] holds the rows, [HistoryReader] reads them, [HistoryChecker] finds what must never be.
package dev.tasker.history;
