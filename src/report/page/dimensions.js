// What can be drawn along: the axes of the space, and figures of plans.

const FIGURES = [
  {key: "throughput_per_s", name: "throughput", unit: "/s", text: rate},
  {key: "energy_j", name: "energy", unit: "J", text: (v) => si(v, "J")},
  {key: "latency_s", name: "latency", unit: "s", text: (v) => si(v, "s")},
  {key: "power_w", name: "power", unit: "W", text: (v) => si(v, "W")},
];

/** Every dimension: key, name, value of an item (a plan or a dot), and text of a value. */
function dimensionsOf(space) {
  const axes = space.axes.map(({name, values}, i) => ({
    key: `axis${i}`, name, axis: i, count: values.length, value: (item) => item.at[i], text: (position) => values[position]}));
  return [...FIGURES.map((figure) => ({...figure, value: (item) => item[figure.key]})), ...axes];
}

function extentOf(items, value) {
  let low = Infinity, high = -Infinity;
  for (const item of items) {
    const number = value(item);
    if (number < low) low = number;
    if (number > high) high = number;
  }
  return low <= high ? [low, high] : [0, 1];
}

/** Values one beside the other, as words are. */
function ordinalScale({count, text}, tickCount) {
  const step = Math.ceil(count / Math.max(2, tickCount));
  const ticks = [];
  for (let i = 0; i < count; i += step) ticks.push({at: (i + 0.5) / count, text: text(i)});
  return {at: (position) => (position + 0.5) / count, ticks, prefix: ""};
}

/** From values of a dimension to places from 0 to 1, with about `tickCount` ticks. */
function scaleOf(dimension, items, log, tickCount) {
  if (dimension.axis !== undefined) return ordinalScale(dimension, tickCount);
  const extent = extentOf(items, dimension.value);
  const axis = makeAxis(extent, 0, 1, log && extent[0] > 0, tickCount);
  const prefix = dimension.unit === "/s" ? ratePrefix(axis) : axis.prefix;
  return {at: axis.at, ticks: axis.ticks.map((value) => ({at: axis.at(value), text: tickText(value, prefix)})), prefix: prefix[1]};
}

function titleOf(dimension, scale) {
  if (dimension.axis !== undefined) return dimension.name;
  return dimension.unit === "/s" ? `${dimension.name} (${scale.prefix}inferences/s)` : `${dimension.name} (${scale.prefix}${dimension.unit})`;
}

const HUES = {light: [[68, 1, 84], [59, 82, 139], [33, 145, 140], [72, 170, 80], [215, 160, 20]],
  dark: [[150, 110, 230], [95, 150, 235], [60, 190, 185], [120, 215, 110], [250, 225, 70]]};

/** A colour for a place from 0 to 1: from violet by green to yellow, of even steps for most eyes. */
function hueOf(place) {
  const hues = matchMedia("(prefers-color-scheme: dark)").matches ? HUES.dark : HUES.light;
  const along = Math.min(Math.max(place, 0), 1) * (hues.length - 1), i = Math.min(hues.length - 2, Math.floor(along));
  return `rgb(${hues[i].map((from, k) => Math.round(from + (hues[i + 1][k] - from) * (along - i))).join(",")})`;
}
