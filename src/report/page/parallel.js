// Parallel coordinates: a line per plan across the axes of the space and its figures; dragging along one filters by it.

const PARALLEL_MARGIN = {side: 46, top: 26, bottom: 14};
const MOST_LINES_BEHIND = 1500;

/** Those that tell plans apart. */
function parallelDimensions(page) {
  const axes = page.dimensions.filter(({axis, count}) => axis !== undefined && count > 1);
  return [...axes, ...page.dimensions.filter(({axis}) => axis === undefined)];
}

/** Lines of other points, at most so many, evenly chosen. */
function dotsBehind(dots) {
  const step = Math.max(1, Math.ceil(dots.length / MOST_LINES_BEHIND));
  return dots.filter((_, i) => i % step === 0);
}

function paintLines(pen, dots, path) {
  pen.globalAlpha = dots.length > 400 ? 0.12 : 0.25;
  pen.strokeStyle = colourOf("--bound");
  for (const dot of dots) {
    pen.beginPath();
    path(dot).forEach(([x, y], i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
    pen.stroke();
  }
}

/** What a range of places from 0 to 1 leaves of a dimension. */
function setRange(filter, dimension, scale, low, high, items) {
  if (dimension.axis !== undefined) {
    const inside = Array.from({length: dimension.count}, (_, i) => i).filter((i) => scale.at(i) >= low && scale.at(i) <= high);
    if (inside.length && inside.length < dimension.count) filter.sets.set(dimension.axis, new Set(inside));
    else filter.sets.delete(dimension.axis);
    return;
  }
  const values = items.map(dimension.value).filter((value) => scale.at(value) >= low && scale.at(value) <= high);
  if (values.length) filter.ranges.set(dimension.key, values.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [Infinity, -Infinity]));
  else filter.ranges.delete(dimension.key);
}

function clearRange(filter, dimension) {
  if (dimension.axis !== undefined) filter.sets.delete(dimension.axis);
  else filter.ranges.delete(dimension.key);
}

/** The part of an axis that the filter lets pass, as places; null where that is all. */
function rangeOf(filter, dimension, scale) {
  if (dimension.axis === undefined) return filter.ranges.get(dimension.key)?.map(scale.at) ?? null;
  const set = filter.sets.get(dimension.axis);
  if (!set) return null;
  const half = 0.4 / dimension.count;
  return [scale.at(Math.min(...set)) - half, scale.at(Math.max(...set)) + half];
}

/** An axis with its ticks, and a grip to drag along. */
function drawParallelAxis(chart, page, {dimension, scale, x}, y, change) {
  const [top, bottom] = [y(1), y(0)];
  chart.append(svg("line", {class: "axis", x1: x, x2: x, y1: top, y2: bottom}),
    svg("text", {class: "label", x, y: top - 12, "text-anchor": "middle"}, titleOf(dimension, scale)));
  for (const tick of scale.ticks) chart.append(svg("text", {x: x - 6, y: y(tick.at) + 4, "text-anchor": "end"}, tick.text));
  const range = rangeOf(page.filter, dimension, scale);
  const brush = svg("rect", {class: "brush", x: x - 5, width: 10, y: range ? y(range[1]) - 3 : 0, height: range ? y(range[0]) - y(range[1]) + 6 : 0});
  const grip = svg("rect", {class: "grip", "data-dimension": dimension.key, x: x - 12, width: 24, y: top, height: bottom - top});
  const placeOfEvent = (event) => {
    const area = chart.getBoundingClientRect();
    return (bottom - (event.clientY - area.top)) / (bottom - top);
  };
  let from = null;
  grip.addEventListener("pointerdown", (event) => { from = placeOfEvent(event); grip.setPointerCapture(event.pointerId); });
  grip.addEventListener("pointermove", (event) => {
    if (from === null) return;
    const to = placeOfEvent(event);
    brush.setAttribute("y", y(Math.max(from, to)));
    brush.setAttribute("height", Math.abs(y(from) - y(to)));
  });
  grip.addEventListener("pointerup", (event) => {
    const to = placeOfEvent(event);
    if (Math.abs(to - from) < 0.01) clearRange(page.filter, dimension);
    else setRange(page.filter, dimension, scale, Math.min(from, to), Math.max(from, to), page.everything);
    from = null;
    change();
  });
  chart.append(brush, grip);
}

/** Draws into #parallel; `select` is called with what is clicked, `change` when the filter is another one. */
function drawParallel(page, select, change) {
  const box = byId("parallel"), {side, top, bottom} = PARALLEL_MARGIN;
  const width = Math.max(280, box.clientWidth), height = 300;
  const dimensions = parallelDimensions(page);
  const y = (place) => height - bottom - place * (height - top - bottom);
  const columns = dimensions.map((dimension, k) => ({dimension, scale: scaleOf(dimension, page.everything, page.view.log, 6),
    x: side + 14 + (k * (width - 2 * side - 14)) / Math.max(1, dimensions.length - 1)}));
  const path = (item) => columns.map(({dimension, scale, x}) => [x, y(scale.at(dimension.value(item)))]);
  const chart = svg("svg", {viewBox: `0 0 ${width} ${height}`, height, role: "group", "aria-label": "Parallel coordinates"});
  const {canvas, pen} = canvasOf(width, height);
  const behind = dotsBehind(page.shown.dots);
  paintLines(pen, behind, path);
  for (const plan of page.shown.plans) {
    const chosen = page.selection.kind === "plan" && page.selection.index === plan.index;
    const line = svg("polyline", {class: "line" + (chosen ? " chosen" : ""), "data-line": plan.index, points: path(plan).map((at) => at.map((v) => v.toFixed(1)).join(",")).join(" ")});
    line.addEventListener("click", () => select({kind: "plan", index: plan.index}));
    chart.append(line);
  }
  for (const column of columns) drawParallelAxis(chart, page, column, y, change);
  box.replaceChildren(canvas, chart);
  byId("parallel-note").textContent = "Blue: plans of the frontier" +
    (behind.length ? `; grey: ${behind.length < page.shown.dots.length ? `${behind.length.toLocaleString("en")}, evenly chosen, of ` : ""}the best plans of other points` : "") +
    ". Drag along an axis to filter by it, click it to lift the filter.";
}
