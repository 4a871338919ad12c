/// The Java step of the mixed-language order workflow.
///
/// Before it run steps in Ruby and JavaScript, after it steps in Ruby and Python. Read [CreateOrder] first.
@NullMarked
package dev.tasker.examples.mixed;

import org.jspecify.annotations.NullMarked;
