import { PermanentError, RetryableError, StepHandler } from "tasker";

/** Takes the money. The gateway is simulated: it times out as often as the order asks for. */
export class ChargePayment extends StepHandler {
  static handlerName = "mixed.charge_payment";

  process(task, sequence, step) {
    const cart = sequence.resultsOf("validate_cart");
    const { payment } = task.context;
    const amount = cart.total_cents;
    const fee = readTable(this.readText("payment_fees.csv")).find((row) => row.method === payment.method);
    if (!fee) {
      throw new PermanentError(`cannot pay by ${payment.method}`, { errorCode: "PAYMENT_METHOD_NOT_SUPPORTED" });
    }
    const approved = payment.amount_cents ?? amount;
    if (approved !== amount) {
      throw new PermanentError(`the customer approved ${approved} cents, the order costs ${amount}`, {
        errorCode: "AMOUNT_MISMATCH",
        context: { approved_cents: approved, total_cents: amount },
      });
    }
    if (amount > Number(fee.limit_cents)) {
      throw new PermanentError(`${amount} cents are above the limit`, { errorCode: "PAYMENT_LIMIT_EXCEEDED" });
    }
    if (payment.token.endsWith("_declined")) {
      throw new PermanentError("the payment was declined", { errorCode: "PAYMENT_DECLINED" });
    }
    if (step.attempts <= (payment.fail_attempts ?? 0)) {
      throw new RetryableError("the payment gateway timed out", { context: { attempt: step.attempts } });
    }

    const feeCents = Number(fee.fixed_cents) + rateOf(amount, Number(fee.basis_points));
    return {
      payment_id: reference("PAY", task.context.order_reference, payment.token, amount),
      status: "captured",
      method: payment.method,
      currency: cart.currency,
      amount_cents: amount,
      fee_cents: feeCents,
      payout_cents: amount - feeCents,
    };
  }
}

/** Rows of a comma-separated file as objects; the files have no quoted fields. */
function readTable(text) {
  const [header, ...rows] = text.split("\n").filter(Boolean).map((line) => line.split(","));
  return rows.map((row) => Object.fromEntries(header.map((name, index) => [name, row[index]])));
}

function quotient(dividend, divisor) {
  return (dividend - (dividend % divisor)) / divisor;
}

/** A share of an amount, rounded half up. */
function rateOf(amount, basisPoints) {
  return quotient(amount * basisPoints + 5000, 10000);
}

/** A number that follows from the input alone, so that a repeated attempt gives the same one. */
function reference(prefix, ...parts) {
  let number = 7;
  for (const character of parts.join("|")) number = (number * 31 + character.codePointAt(0)) % 9999999967;
  return `${prefix}-${String(number).padStart(10, "0")}`;
}
