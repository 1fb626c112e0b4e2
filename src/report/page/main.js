// The page: what is selected, and everything that follows from it.

const report = JSON.parse(byId("data").textContent);
for (const point of report.points) point.timed = report.timed;
const state = {selection: {kind: "point", index: 0}, log: false, order: {column: 0, falling: false}};

function entryOf({kind, index}) {
  return selectables(report).find((entry) => entry.kind === kind && entry.index === index);
}

/** The point that a weight selects; the faster one where two meet. */
function pointOfWeight(weight) {
  const chosen = report.points.findLastIndex((p) => p.weight && p.weight[0] <= weight && weight <= p.weight[1]);
  return chosen < 0 ? null : {kind: "point", index: report.points[chosen].index};
}

function selectionOfFragment() {
  const found = /^#(point|baseline)=(\d+)$/.exec(location.hash);
  const selection = found && {kind: found[1], index: Number(found[2])};
  return selection && entryOf(selection) ? selection : null;
}

/** Moves the slider to a weight that selects the selected point, unless it is at one. */
function followWeight(item) {
  const slider = byId("weight");
  if (item.weight && (slider.value < item.weight[0] || slider.value > item.weight[1])) slider.value = (item.weight[0] + item.weight[1]) / 2;
  byId("weight-value").textContent = Number(slider.value).toFixed(2);
}

function draw() {
  drawFrontier(report, state.selection, state.log, select);
  markRow(state.selection);
  const entry = entryOf(state.selection);
  if (!entry) return;
  const isPoint = entry.kind === "point";
  drawPlan(report, entry.item, isPoint ? `Point ${entry.index} (of 0 to ${report.total - 1})` : `Baseline: ${entry.item.name}`,
    isPoint ? judgement(entry.item) : []);
  drawTimeline(report, entry.item);
  followWeight(entry.item);
}

function select({kind, index}) {
  state.selection = {kind, index};
  history.replaceState(null, "", `#${kind}=${index}`);
  draw();
}

/** The table of all points, in the order asked for. */
function drawPoints() {
  const entries = selectables(report).filter((entry) => entry.kind === "point");
  drawTable({columns: POINT_COLUMNS, entries}, state.order, sortBy, select);
  markRow(state.selection);
}

function sortBy(order) {
  state.order = order;
  drawPoints();
}

function setLog(log) {
  state.log = log;
  byId("log").setAttribute("aria-pressed", log);
  byId("linear").setAttribute("aria-pressed", !log);
  drawFrontier(report, state.selection, log, select);
}

/** Arrow keys walk along the frontier while a mark has the focus. */
function walk(event) {
  const step = {ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1}[event.key];
  const entries = selectables(report);
  const next = step && entries[entries.findIndex((entry) => isSelected(entry, state.selection)) + step];
  if (!next || next.kind !== state.selection.kind) return;
  event.preventDefault();
  select(next);
  document.querySelector(`[data-${next.kind}="${next.index}"]`).focus();
}

function describe() {
  const {network, cluster} = report;
  document.title = report.title + " · cleave";
  byId("title").textContent = report.title;
  const devices = cluster.classes.map((c) => `${c.count} × ${c.name}`).join(", ");
  const work = network.macs ? `, ${si(network.macs, "")}MAC` : "";
  byId("subject").textContent = `${network.name}: ${counted(network.operators, "operator")}${work}, batch ${report.batch}. ` +
    `${cluster.title || cluster.name}: ${devices}.`;
  const proven = report.points.filter((p) => p.proven).length;
  byId("extent").textContent = report.points.length
    ? `${counted(report.total, "point")}${report.total === report.points.length ? `, ${proven} proven` : ""}, found in ${si(report.elapsed_s, "s")}` +
      (report.complete ? "." : ", stopped early.") : "The frontier is empty.";
  byId("points-note").textContent = report.points.length < report.total
    ? `${counted(report.points.length, "point")} of ${report.total.toLocaleString("en")}, evenly chosen; pareto.csv has them all.` : "";
}

function prepareWeight() {
  const slider = byId("weight");
  byId("weight-row").hidden = !report.points.some((p) => p.weight);
  slider.value = 0.5;
  slider.addEventListener("input", () => {
    const selection = pointOfWeight(Number(slider.value));
    if (selection) select(selection);
  });
}

function start() {
  describe();
  prepareWeight();
  drawLegend(report);
  byId("linear").addEventListener("click", () => setLog(false));
  byId("log").addEventListener("click", () => setLog(true));
  byId("frontier").addEventListener("keydown", (event) => {
    walk(event);
    if (event.key === "Enter" || event.key === " ") event.target.dispatchEvent(new MouseEvent("click", {bubbles: true}));
  });
  window.addEventListener("hashchange", () => { state.selection = selectionOfFragment() || state.selection; draw(); });
  window.addEventListener("resize", draw);
  state.selection = selectionOfFragment() || pointOfWeight(0.5) || state.selection;
  const all = selectables(report).map((entry) => entry.item);
  for (const id of ["plan", "timeline-panel", "points-panel"]) byId(id).hidden = !all.length;
  drawPoints();
  setLog(spreadsWide(all.map((item) => item.energy_j)) || spreadsWide(all.map((item) => item.throughput_per_s)));
  draw();
}

start();
