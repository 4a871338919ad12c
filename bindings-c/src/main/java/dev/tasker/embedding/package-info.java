/// The engine inside another program: the Java side of `libtasker`.
///
/// Before it: requests of the program, which `tasker.c` queues. After it: answers, and work for the program to run.
/// Read
/// [Boot] first, then [Dispatcher].
@NullMarked
package dev.tasker.embedding;

import org.jspecify.annotations.NullMarked;
