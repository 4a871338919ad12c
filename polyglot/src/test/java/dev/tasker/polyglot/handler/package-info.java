/// How handler files are loaded, and attempts carried through.
@NullMarked
package dev.tasker.polyglot.handler;

import org.jspecify.annotations.NullMarked;
