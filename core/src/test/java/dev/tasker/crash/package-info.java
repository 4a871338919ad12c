/// What is promised when processes, connections and servers die: each test really kills something.
///
/// [WorkerProcess] is an engine in a JVM of its own, [FaultyProxy] a network that loses bytes, [Workload] the tasks
/// that run meanwhile. `docs/crash-safety.md` lists which test proves which promise.
package dev.tasker.crash;
