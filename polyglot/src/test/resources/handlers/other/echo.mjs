import { StepHandler } from "tasker";

export class Echo extends StepHandler {}
