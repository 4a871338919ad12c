const index = require("./index");
exports.seen = index.early;
