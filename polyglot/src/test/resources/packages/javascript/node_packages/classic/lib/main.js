"use strict";
const words = require("./words");
const { cents } = require("@shop/money");
const settings = require("../settings.json");

exports.greet = (name) => `${words.hello}, ${name}${settings.mark}`;
exports.price = (text) => cents(text);
Object.defineProperty(exports, "version", { enumerable: true, get: () => require("../package.json").version });
exports.self = () => require("./main") === exports;
exports.place = () => [typeof __filename, typeof __dirname, typeof module, typeof process, typeof global];
