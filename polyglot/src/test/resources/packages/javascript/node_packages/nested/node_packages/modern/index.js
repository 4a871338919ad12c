exports.version = "the inner one";
