import { StepHandler } from "tasker";

export class WarmUp extends StepHandler {
  process(task, sequence, step) {
    const lines = task.context.items.map(({ sku, quantity, cents }) => ({ sku, cents: quantity * cents }));
    const total = lines.reduce((sum, line) => sum + line.cents, 0);
    return { lines, total, note: `${task.name} ${step.attempts}` };
  }
}
