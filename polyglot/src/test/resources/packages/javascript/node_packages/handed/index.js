module.exports = require("./lib/all");
