/// Registries: what this process has loaded and who listens, for people and front ends to look at.
///
/// [Registry] is the one mechanism; handlers, exporters and subscribers each have a view on it. Filled by
/// [dev.tasker.runtime]. Read [Registries] first.
@NullMarked
package dev.tasker.registry;

import org.jspecify.annotations.NullMarked;
