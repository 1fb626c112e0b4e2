// The selected plan: its figures, its proof, its stages, its energy.

function figures(report, item) {
  const list = html("dl", {class: "figures"});
  const add = (name, value) => list.append(html("div", {}, html("dt", {}, name), html("dd", {}, value)));
  add("throughput", rate(item.throughput_per_s));
  add(`energy per inference (${report.cluster.energy_origin})`, si(item.energy_j, "J"));
  add("latency", si(item.latency_s, "s"));
  add("power", si(item.power_w, "W"));
  add("period", si(item.period_s, "s"));
  add("devices", String(item.devices));
  return list;
}

function proofText(item) {
  if (item.proven && item.gap <= 1e-9) return `Proven: no contiguous plan ${item.limited ? "within the limits " : ""}that is as fast${item.timed ? " and as quick" : ""} takes less energy.`;
  const bound = item.bound_j > 0 ? ` No plan that is as fast${item.timed ? " and as quick" : ""} takes less than ${si(item.bound_j, "J")}: at most ${percent(item.gap)} could be gained.` : "";
  return (item.proven ? "Proven among contiguous plans." : "Not proven.") + bound;
}

function weightText(item) {
  if (!item.weight) return "No weight selects it: for every weight another point scores better.";
  const [lo, hi] = item.weight.map((w) => String(Number(w.toPrecision(3))));
  return `Selected by a weight of throughput from ${lo} to ${hi}.`;
}

function bar(kind, seconds, replicas, period) {
  const share = seconds / replicas / period;
  const fill = html("i", {class: kind});
  fill.style.width = Math.min(100, 100 * share) + "%";
  return html("div", {class: "bar"}, html("span", {}, kind), html("div", {class: "track"}, fill), html("span", {}, si(seconds, "s") + (replicas > 1 ? ` ÷ ${replicas}` : "")));
}

function memoryText(stage, device) {
  const limit = device.memory_bytes ? ` of ${bytes(device.memory_bytes)}` : "";
  return `memory ${bytes(stage.memory_bytes)}${limit}` + (stage.replicas > 1 ? " each" : "");
}

function operatorsText(report, stage) {
  if (!stage.operators) return "no operators";
  const first = report.names[stage.first], last = report.names[stage.last];
  return counted(stage.operators, "operator") + ": " + (stage.operators === 1 ? first : `${first} … ${last}`);
}

function stageEntry(report, item, stage, index) {
  const device = report.cluster.classes[stage.class];
  const replicas = stage.replicas > 1 ? ` × ${stage.replicas}` : "";
  const bars = html("div", {class: "bars"}, bar("compute", stage.compute_s, stage.replicas, item.period_s));
  for (const kind of ["receive", "send"])
    if (stage[kind + "_s"] > 0) bars.append(bar(kind, stage[kind + "_s"], stage.replicas, item.period_s));
  return html("li", {"data-stage": index},
    html("div", {class: "line"},
      html("span", {class: "device", title: device.title}, `${index}  ${device.name}${replicas}, ${stage.precision}`),
      html("span", {}, `busy ${percent(stage.load_s / item.period_s)}`)),
    html("div", {class: "small"}, operatorsText(report, stage)), bars, html("div", {class: "small"}, memoryText(stage, device)));
}

/** Joules per inference of each device class: computing, moving, idling. */
function energyByClass(report, item) {
  const sums = new Map();
  for (const stage of item.stages) {
    const sum = sums.get(stage.class) || {compute: 0, transfer: 0, idle: 0};
    sum.compute += stage.dynamic_j / report.batch;
    sum.transfer += stage.transfer_j / report.batch;
    sum.idle += (stage.idle_w * item.period_s) / report.batch;
    sums.set(stage.class, sum);
  }
  return [...sums].sort(([a], [b]) => a - b);
}

function energyBars(report, item) {
  const classes = energyByClass(report, item);
  const total = (sum) => sum.compute + sum.transfer + sum.idle;
  const most = Math.max(1e-30, ...classes.map(([, sum]) => total(sum)));
  const grid = html("div", {class: "energy"});
  for (const [id, sum] of classes) {
    const stack = html("div", {class: "stack"});
    for (const kind of ["compute", "transfer", "idle"]) {
      const part = html("i", {class: kind, title: `${kind} ${si(sum[kind], "J")}`});
      part.style.width = (100 * sum[kind]) / most + "%";
      stack.append(part);
    }
    grid.append(html("span", {}, report.cluster.classes[id].name), stack, html("span", {}, si(total(sum), "J")));
  }
  return grid;
}

function energyLegend(report, item) {
  const sums = {compute: 0, transfer: 0, idle: 0};
  for (const [, sum] of energyByClass(report, item)) for (const kind of Object.keys(sums)) sums[kind] += sum[kind];
  return html("ul", {class: "legend"}, ...Object.entries(sums).map(([kind, joules]) =>
    html("li", {}, html("i", {class: "swatch " + kind}), `${kind} ${si(joules, "J")} (${percent(joules / item.energy_j)})`)));
}

/** Fills #plan: a heading, lines of text, and what the plan does on `report.cluster`. */
function drawPlan(report, item, heading, notes) {
  byId("plan").replaceChildren(
    html("h2", {}, heading), figures(report, item), ...notes,
    html("h3", {}, counted(item.stages.length, "stage") + (item.stages.length > 1 ? ", each" : "") + " against the period of " + si(item.period_s, "s")),
    html("ol", {class: "stages"}, ...item.stages.map((stage, i) => stageEntry(report, item, stage, i))),
    html("h3", {}, "Energy per inference by device"), energyBars(report, item), energyLegend(report, item));
}

/** How good a point of a frontier is, and when it is the best. */
function judgement(item) {
  return [html("p", {class: "proof"}, proofText(item)), html("p", {class: "proof"}, weightText(item))];
}
