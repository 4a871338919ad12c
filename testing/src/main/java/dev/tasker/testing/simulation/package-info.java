/// Workers that crash, stall and lose answers, on the real routines and in virtual time: a seed decides
/// every turn.
///
/// Read [Simulation] first; [Schedule] offers the turns, [Play] makes them, and the three rule classes
/// judge them.
@NullMarked
package dev.tasker.testing.simulation;

import org.jspecify.annotations.NullMarked;
