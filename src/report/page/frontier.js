// The chart of throughput against energy.

const FRONTIER_MARGIN = {left: 58, right: 14, top: 10, bottom: 44};

/** What can be selected: points of the frontier and baselines, each with its mark. */
function selectables(report) {
  return [
    ...report.points.map((item) => ({item, kind: "point", index: item.index, shape: "circle", size: report.points.length > 60 ? 4 : 5.5})),
    ...report.baselines.map((item, index) => ({item, kind: "baseline", index, shape: baselineShape(index), size: 5.5})),
  ];
}

function isSelected(entry, selection) {
  return entry.kind === selection.kind && entry.index === selection.index;
}

/** A throughput up to that of a point costs at least that point's energy: a staircase. */
function stairs(points, x, y, energy) {
  return points.map((p, i) => (i ? "V" + y(energy(p)).toFixed(1) : "M" + x(p.throughput_per_s).toFixed(1) + "," + y(energy(p)).toFixed(1)) + "H" + x(p.throughput_per_s).toFixed(1)).join("");
}

function frontierAxes(chart, x, y, width, height) {
  const {left, right, top, bottom} = FRONTIER_MARGIN;
  for (const tick of x.ticks) {
    chart.append(svg("line", {class: "grid", x1: x.at(tick), x2: x.at(tick), y1: top, y2: height - bottom}));
    chart.append(svg("text", {x: x.at(tick), y: height - bottom + 17, "text-anchor": "middle"}, tickText(tick, ratePrefix(x))));
  }
  for (const tick of y.ticks) {
    chart.append(svg("line", {class: "grid", x1: left, x2: width - right, y1: y.at(tick), y2: y.at(tick)}));
    chart.append(svg("text", {x: left - 7, y: y.at(tick) + 4, "text-anchor": "end"}, tickText(tick, y.prefix)));
  }
  const middle = (top + height - bottom) / 2;
  chart.append(svg("line", {class: "axis", x1: left, x2: width - right, y1: height - bottom, y2: height - bottom}));
  chart.append(svg("line", {class: "axis", x1: left, x2: left, y1: top, y2: height - bottom}));
  chart.append(svg("text", {class: "label", x: (left + width - right) / 2, y: height - 6, "text-anchor": "middle"}, `throughput (${ratePrefix(x)[1]}inferences/s)`));
  chart.append(svg("text", {class: "label", x: 13, y: middle, "text-anchor": "middle", transform: `rotate(-90 13 ${middle})`}, `energy per inference (${y.prefix[1]}J)`));
}

function drawBounds(chart, points, x, y, width, height) {
  const bounded = points.filter((p) => p.bound_j > 0);
  if (!bounded.some((p) => p.gap > 1e-9)) return;
  const {left, right, top, bottom} = FRONTIER_MARGIN;
  chart.append(svg("clipPath", {id: "plot"}, svg("rect", {x: left, y: top, width: width - left - right, height: height - top - bottom})));
  chart.append(svg("path", {class: "bounds", "clip-path": "url(#plot)", d: stairs(bounded, x.at, y.at, (p) => p.bound_j)}));
}

function tipLines(entry) {
  const {item} = entry;
  const name = entry.kind === "point" ? `point ${entry.index}` : item.name;
  return [name, `${rate(item.throughput_per_s)}, ${si(item.energy_j, "J")}`, `latency ${si(item.latency_s, "s")}, ${counted(item.devices, "device")}`];
}

/** Draws the chart into #frontier; `select` is called with the entry that is clicked. */
function drawFrontier(report, selection, log, select) {
  const box = byId("frontier");
  const width = Math.max(280, box.clientWidth), height = Math.round(Math.min(440, Math.max(280, width * 0.62)));
  const {left, right, top, bottom} = FRONTIER_MARGIN;
  const entries = selectables(report);
  if (!entries.length) return;
  const x = makeAxis(entries.map((e) => e.item.throughput_per_s), left, width - right, log, width / 90);
  const y = makeAxis(entries.map((e) => e.item.energy_j), height - bottom, top, log, height / 60);
  const chart = svg("svg", {viewBox: `0 0 ${width} ${height}`, height, role: "group", "aria-label": "Throughput against energy per inference"});
  frontierAxes(chart, x, y, width, height);
  drawBounds(chart, report.points, x, y, width, height);
  const steps = undercutByNone(report.points, (p) => p.energy_j);
  if (steps.length) chart.append(svg("path", {class: "steps", d: stairs(steps, x.at, y.at, (p) => p.energy_j)}));
  const placed = entries.map((entry) => ({...entry, x: x.at(entry.item.throughput_per_s), y: y.at(entry.item.energy_j)}));
  for (const entry of placed) {
    const unproven = entry.kind === "point" && !entry.item.proven ? " unproven" : "";
    const node = mark(entry.shape, entry.x, entry.y, entry.size, {
      class: "mark " + entry.kind + unproven, ["data-" + entry.kind]: entry.index, tabindex: isSelected(entry, selection) ? 0 : -1,
      role: "button", "aria-label": tipLines(entry).join(", "), "aria-pressed": isSelected(entry, selection)});
    node.addEventListener("click", (event) => { event.stopPropagation(); select(entry); });
    node.addEventListener("focus", () => showTip(box, tipLines(entry), entry.x, entry.y));
    chart.append(node);
  }
  const chosen = placed.find((entry) => isSelected(entry, selection));
  if (chosen) chart.append(svg("circle", {class: "ring", cx: chosen.x, cy: chosen.y, r: chosen.size + 4}));
  chart.addEventListener("pointermove", (event) => {
    const entry = nearestEntry(placed, event, box, 40);
    showTip(box, entry && tipLines(entry), entry?.x, entry?.y);
  });
  chart.addEventListener("pointerleave", () => showTip(box, null));
  chart.addEventListener("click", (event) => { const entry = nearestEntry(placed, event, box, 40); if (entry) select(entry); });
  box.replaceChildren(chart);
}

function legendEntry(shape, style, text) {
  return html("li", {}, svg("svg", {viewBox: "0 0 14 14"}, mark(shape, 7, 7, 5, {class: "mark " + style})), text);
}

function drawLegend(report) {
  const proven = report.points.filter((p) => p.proven).length;
  const lines = [];
  if (proven) lines.push(legendEntry("circle", "point", "proven optimal"));
  if (proven < report.points.length) lines.push(legendEntry("circle", "point unproven", "not proven"));
  if (report.points.some((p) => p.gap > 1e-9))
    lines.push(html("li", {}, svg("svg", {viewBox: "0 0 14 14"}, svg("path", {class: "bounds", d: "M0,7H14"})), "lower bound"));
  report.baselines.forEach((b, i) => lines.push(legendEntry(baselineShape(i), "baseline", b.name)));
  byId("legend").replaceChildren(...lines);
}
