import { StepHandler } from "tasker";
import * as found from "modern/lib/hidden.js";

export class Missing extends StepHandler {
  process() {
    return typeof found;
  }
}
