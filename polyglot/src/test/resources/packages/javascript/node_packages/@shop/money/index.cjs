module.exports = function money(text) {
  return module.exports.cents(text);
};
module.exports.cents = (text) => Math.round(Number(text) * 100);
