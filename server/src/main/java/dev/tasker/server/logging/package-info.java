/// Where log lines go: to standard error, never to standard output.
@NullMarked
package dev.tasker.server.logging;

import org.jspecify.annotations.NullMarked;
