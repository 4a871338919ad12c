/// JSON-shaped data on its way into a guest and out of it; never a guest object.
///
/// Before it: a step attempt. After it: plain Java values. Read [HostValues] (in) and [FlatReader] (out) first.
@NullMarked
package dev.tasker.polyglot.convert;

import org.jspecify.annotations.NullMarked;
