/// Tests of the guest hosts, against real guests.
@NullMarked
package dev.tasker.polyglot;

import org.jspecify.annotations.NullMarked;
