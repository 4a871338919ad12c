/// How contexts are kept, and what code in them may reach.
@NullMarked
package dev.tasker.polyglot.context;

import org.jspecify.annotations.NullMarked;
