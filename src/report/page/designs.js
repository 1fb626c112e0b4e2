// The points of a design space: what the page holds of them, and where each lies.

function bytesOf(text) {
  const raw = atob(text), bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; ++i) bytes[i] = raw.charCodeAt(i);
  return bytes;
}

function numbersOf(text) {
  const view = new DataView(bytesOf(text).buffer);
  return Array.from({length: view.byteLength / 4}, (_, i) => view.getUint32(4 * i, true));
}

/** Sixteen bits a number: its place between the least and the largest. */
function columnOf({low, high, log, data}) {
  const view = new DataView(bytesOf(data).buffer);
  return Array.from({length: view.byteLength / 2}, (_, i) => {
    const place = view.getUint16(2 * i, true) / 65535;
    return log ? low * Math.pow(high / low, place) : low + (high - low) * place;
  });
}

/** The model of a point, and the position of its value on each axis: the last axis changes fastest. */
function placeOf(space, number) {
  const at = new Array(space.axes.length);
  for (let i = at.length; i-- > 0;) {
    at[i] = number % space.axes[i].values.length;
    number = Math.floor(number / space.axes[i].values.length);
  }
  return {model: number, at};
}

/** A plan's figures per inference, with where its point is. */
function dotOf(point, which, place, columns, i) {
  const period = columns.period_s[i], energy = columns.energy_j[i];
  return {point, which, ...place, throughput_per_s: 1 / period, energy_j: energy, latency_s: columns.latency_s[i], power_w: energy / period};
}

/** Of each point that has plans the best ones, each in one figure. The last is there where latency is an objective. */
const BEST = [["fastest", "fastest plan"], ["frugal", "plan of least energy"], ["quickest", "plan of least latency"]];

function differ(a, b) {
  return ["throughput_per_s", "energy_j", "latency_s"].some((key) => Math.abs(a[key] / b[key] - 1) > 1e-3);
}

/** What the page holds of all points: those of their best plans that differ. */
function dotsOf(space, points) {
  if (!points.shown) return [];
  const columns = BEST.filter(([which]) => points[which]).map(([which]) =>
    [which, Object.fromEntries(Object.entries(points[which]).map(([name, column]) => [name, columnOf(column)]))]);
  return numbersOf(points.numbers).flatMap((number, i) => {
    const place = placeOf(space, number);
    const best = columns.map(([which, column]) => dotOf(number, which, place, column, i));
    return best.filter((dot, k) => best.slice(0, k).every((other) => differ(dot, other)));
  });
}

function bestName(dot) {
  return BEST.find(([which]) => which === dot.which)[1];
}

/** "cim.count = 2, cim.adc_bits = 6" */
function settingText(space, at) {
  return space.axes.map((axis, i) => `${axis.name} = ${axis.values[at[i]]}`).join(", ");
}

/** How a command line names the cluster of a point. */
function clusterText(space, at) {
  const changes = space.axes.map((axis, i) => [axis.name, axis.values[at[i]]]).filter(([name]) => name !== "batch");
  return space.cluster + changes.map(([name, value], i) => (i || space.cluster.includes("?") ? "," : "?") + `${name}=${value}`).join("");
}

function batchText(space, at) {
  const axis = space.axes.findIndex(({name}) => name === "batch");
  return axis < 0 ? String(space.batch) : space.axes[axis].values[at[axis]];
}
