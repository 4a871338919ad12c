const one = 1;
module.exports = {
  // Both forms of an entry.
  one,
  eleven: one,
  "class": one,
  many: [one, one],
};
