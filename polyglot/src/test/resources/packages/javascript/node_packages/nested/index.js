module.exports = { inner: require("modern").version };
