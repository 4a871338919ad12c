import { StepHandler } from "tasker";
import * as found from "fs";

export class Missing extends StepHandler {
  process() {
    return typeof found;
  }
}
