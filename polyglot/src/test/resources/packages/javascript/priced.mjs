import { StepHandler } from "tasker";
import modern, { withTax } from "modern";
import { rate } from "modern/rates";
import { format } from "modern/formats/euro";
import classic, { greet, price, version } from "classic";
import money from "@shop/money";
import { seen } from "tangled";
import { inner } from "nested";
import { eleven, many, one, two } from "handed";

export class Priced extends StepHandler {
  process() {
    return {
      modern: [modern, withTax(1000), rate, format(1190)],
      classic: [greet("Ann"), price("9.50"), version, classic.self(), classic.place()],
      scoped: [money("1.25"), money.cents("0.99")],
      circle: seen,
      nested: inner,
      handed: [one, two, eleven, many.length],
    };
  }
}
