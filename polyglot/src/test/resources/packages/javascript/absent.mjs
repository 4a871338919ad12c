import { StepHandler } from "tasker";
import * as found from "absent-package";

export class Missing extends StepHandler {
  process() {
    return typeof found;
  }
}
