package dev.tasker.server.progress;

import dev.tasker.task.TaskSnapshot;
import java.io.PrintStream;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The step tree on a terminal, drawn again in the same place.
public final class LiveTree implements ProgressView {
    private static final String LINE_START_AND_CLEAR = "\r\u001b[K";
    private static final String CLEAR_BELOW = "\u001b[J";

    private final PrintStream terminal;
    private final TerminalSize size;
    private final InstantSource clock;
    private @Nullable TaskSnapshot task;
    private int drawnLines;

    public LiveTree(PrintStream terminal, TerminalSize size, InstantSource clock) {
        this.terminal = terminal;
        this.size = size;
        this.clock = clock;
    }

    @Override
    public void show(TaskSnapshot snapshot) {
        task = snapshot;
        tick();
    }

    @Override
    public void tick() {
        TaskSnapshot current = task;
        if (current != null) {
            // The last row stays free: a line feed there would scroll the tree away from where it is drawn again.
            draw(TaskTree.render(current, clock.instant(), size.columns(), size.rows() - 1));
        }
    }

    private void draw(List<String> lines) {
        StringBuilder frame = new StringBuilder();
        if (drawnLines > 0) {
            frame.append("\u001b[" + drawnLines + "A");
        }
        lines.forEach(line -> frame.append(LINE_START_AND_CLEAR).append(line).append('\n'));
        frame.append(CLEAR_BELOW);
        terminal.print(frame);
        terminal.flush();
        drawnLines = lines.size();
    }
}
