exports.fs = require("fs");
