module.exports = { hello: "hello" };
