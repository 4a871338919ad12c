import { StepHandler } from "tasker";

export class One extends StepHandler {
  static handlerName = "same";
}

export class Two extends StepHandler {
  static handlerName = "same";
}
