import { StepHandler } from "tasker";

const settings = await Promise.resolve({ limit: 5 });

export class Awaited extends StepHandler {
  process() {
    return settings.limit;
  }
}
