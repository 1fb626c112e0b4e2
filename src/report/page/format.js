// Numbers as people read them.

const PREFIXES = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"], [1, ""], [1e-3, "m"], [1e-6, "µ"], [1e-9, "n"], [1e-12, "p"], [1e-15, "f"]];

/** The SI prefix that brings `value` between 1 and 1000: [factor, symbol]. */
function prefixOf(value) {
  const size = Math.abs(value);
  if (!size) return [1, ""];
  return PREFIXES.find(([factor]) => size >= factor * 0.9995) || PREFIXES[PREFIXES.length - 1];
}

/** Three significant digits, without an exponent. */
function digits(value) {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 999.5) return Math.round(value).toLocaleString("en");
  return value.toFixed(Math.max(0, 2 - Math.floor(Math.log10(size * 1.0005))));
}

/** "12.3 ms" */
function si(value, unit) {
  const [factor, symbol] = prefixOf(value);
  return digits(value / factor) + "\u00a0" + symbol + unit;
}

/** "1,240 /s" for rates, which read better without a prefix. */
function rate(value) {
  return (value >= 1e5 || value < 0.1 ? si(value, "").trim() : digits(value)) + "\u00a0/s";
}

function bytes(value) {
  return si(value, "B");
}

function percent(share) {
  const value = 100 * share;
  if (value === 0) return "0\u00a0%";
  return (value < 0.01 ? "< 0.01" : value < 9.995 ? value.toPrecision(2) : String(Math.round(value))) + "\u00a0%";
}

function counted(count, noun) {
  return count.toLocaleString("en") + "\u00a0" + noun + (count === 1 ? "" : "s");
}
