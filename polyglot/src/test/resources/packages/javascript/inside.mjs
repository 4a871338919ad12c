import { StepHandler } from "tasker";
import { fs } from "broken";

export class Missing extends StepHandler {
  process() {
    return typeof fs;
  }
}
