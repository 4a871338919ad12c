/// What an operator may set: one table of keys, and the records that the rest of the system reads.
///
/// Before it: [dev.tasker.template], whose reader of YAML it shares. After it: everything that is configured; the
/// engine takes what it needs from [Configuration]. Read [ConfigurationKeys] first.
@NullMarked
package dev.tasker.config;

import org.jspecify.annotations.NullMarked;
