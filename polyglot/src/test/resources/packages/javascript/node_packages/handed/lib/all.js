"use strict";
var __exportStar = (from, to) => Object.assign(to, from);
__exportStar(require("./one"), exports);
exports["two"] = 2;
