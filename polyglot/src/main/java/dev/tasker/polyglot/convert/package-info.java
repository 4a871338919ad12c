/// JSON-shaped data on its way into a guest and out of it; never a guest object.
///
/// What crosses keeps its value: integers of any size, floats, texts, lists, maps with text keys. These have a written
/// form: dates and times (ISO 8601 text), decimals (text), sets and tuples (lists), Ruby symbols (text), JavaScript
/// `Map` (a map), `undefined` (null; left out of objects). Anything else is refused with its path: NaN, bytes,
/// functions, other objects, keys that are no text, cycles, more than 100 levels or a million parts.
///
/// Before it: a step attempt. After it: plain Java values. Read [HostValues] (in) and [FlatReader] (out) first.
@NullMarked
package dev.tasker.polyglot.convert;

import org.jspecify.annotations.NullMarked;
