exports.early = "early";
const other = require("./other");
exports.seen = other.seen;
