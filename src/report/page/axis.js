// From numbers to positions, and the ticks between.

/** Round numbers in [low, high], about `count` of them. */
function linearTicks(low, high, count) {
  const rough = (high - low) / count;
  const decade = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * decade).find((s) => s >= rough * 0.999);
  const ticks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high * (1 + 1e-9); ++k) ticks.push(k * step);
  return ticks;
}

/** 1, 2, 5 per decade; the powers of ten alone when there are many. */
function logTicks(low, high, count) {
  const ticks = [];
  const decades = Math.log10(high / low);
  const steps = decades > count ? [1] : decades * 3 > count ? [1, 3] : [1, 2, 5];
  for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); ++e)
    for (const m of steps) if (m * 10 ** e >= low * 0.999 && m * 10 ** e <= high * 1.001) ticks.push(m * 10 ** e);
  return ticks.length >= 3 ? ticks : linearTicks(low, high, count);
}

/** An axis for `values` from pixel `from` to pixel `to`, with room at both ends. */
function makeAxis(values, from, to, log, tickCount) {
  const forward = log ? Math.log : (v) => v;
  const backward = log ? Math.exp : (v) => v;
  let low = forward(Math.min(...values));
  let high = forward(Math.max(...values));
  const room = (high - low) * 0.06 || (log ? 0.05 : Math.abs(high) * 0.05 || 1);
  low = log || low - room > 0 ? low - room : 0;
  high += room;
  const at = (value) => from + ((forward(value) - low) / (high - low)) * (to - from);
  return {at, ticks: (log ? logTicks : linearTicks)(backward(low), backward(high), tickCount), prefix: prefixOf(backward(high))};
}

/** Whether these values spread so far that a linear axis would squeeze most of them together. */
function spreadsWide(values) {
  return values.length > 0 && Math.max(...values) > 8 * Math.min(...values);
}

/** Rates are plain numbers as long as these are readable. */
function ratePrefix(axis) {
  return axis.prefix[0] <= 1e3 && axis.prefix[0] >= 1 ? [1, ""] : axis.prefix;
}

/** A tick's text, in the axis's prefix, as many digits as it needs. */
function tickText(value, [factor]) {
  return String(Number((value / factor).toPrecision(4)));
}
