/// YAML files as JSON-like values whose lines are known, for errors that name file and line.
///
/// Read by [dev.tasker.event] and [dev.tasker.template]. Read [LocatedYaml] first.
@NullMarked
package dev.tasker.yaml;

import org.jspecify.annotations.NullMarked;
