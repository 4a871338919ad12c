import { rate } from "./rates.js";

export const withTax = (cents) => Math.round(cents * (1 + rate));
export default "modern";
