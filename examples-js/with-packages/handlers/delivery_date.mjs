import dayjs from "dayjs";
import utc from "dayjs/plugin/utc.js";
import { PermanentError, StepHandler } from "tasker";

dayjs.extend(utc);

const SATURDAY = 6;
const SUNDAY = 0;

/** On which working day a parcel arrives. */
export class DeliveryDate extends StepHandler {
  process({ context }) {
    const ordered = dayjs.utc(context.ordered_at);
    if (!ordered.isValid()) {
      throw new PermanentError(`ordered_at is no date: ${context.ordered_at}`, { errorCode: "NOT_A_DATE" });
    }
    let day = ordered.startOf("day");
    for (let left = context.working_days; left > 0; ) {
      day = day.add(1, "day");
      if (day.day() !== SATURDAY && day.day() !== SUNDAY) left -= 1;
    }
    return { arrives_on: day.format("YYYY-MM-DD"), weekday: day.format("dddd"), after_days: day.diff(ordered.startOf("day"), "day") };
  }
}
