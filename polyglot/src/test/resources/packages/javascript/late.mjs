import { StepHandler } from "tasker";

export class Late extends StepHandler {
  async process() {
    return await import("absent-package");
  }
}
