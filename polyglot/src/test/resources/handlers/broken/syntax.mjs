import { StepHandler } from "tasker";

export class Broken extends StepHandler {
  process(task {
}
