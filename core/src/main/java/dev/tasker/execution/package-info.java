/// Stage 5: the handler contract, and one attempt of one step.
///
/// Before it: a claim from the wave. After it: a [dev.tasker.result.StepResult]. Handlers extend [StepHandler]
/// (in Java, and the class of the same name in Ruby, Python and JavaScript); a [HandlerHost] runs the handlers of
/// one language.
@NullMarked
package dev.tasker.execution;

import org.jspecify.annotations.NullMarked;
