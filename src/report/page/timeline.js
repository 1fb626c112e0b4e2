// The first batches on the clock, one row per device.

const EVENT_KINDS = ["receive", "compute", "send"];

/** The flat list of numbers as objects. */
function eventsOf(item) {
  const list = [];
  for (let i = 0; i < item.events.length; i += 6) {
    const [stage, replica, kind, batch, start, end] = item.events.slice(i, i + 6);
    list.push({stage, replica, kind: EVENT_KINDS[kind], batch, start, end});
  }
  return list;
}

/** Devices that do something in these events, in the order of the stages. */
function rowsOf(report, item, events) {
  const rows = [];
  item.stages.forEach((stage, s) => {
    for (let r = 0; r < stage.replicas; ++r) {
      const name = `${s}  ${report.cluster.classes[stage.class].name}`;
      const turn = stage.replicas > 1 ? ` #${r}` : "";
      if (events.some((e) => e.stage === s && e.replica === r)) rows.push({stage: s, replica: r, name, turn});
    }
  });
  return rows;
}

/** Receiving above, computing in the middle, sending below: they may overlap in time. */
function lane(kind, rowHeight) {
  const thin = rowHeight * 0.16;
  return {receive: [rowHeight * 0.06, thin], compute: [rowHeight * 0.25, rowHeight * 0.5], send: [rowHeight * 0.78, thin]}[kind];
}

function drawEvent(chart, event, x, y, rowHeight) {
  const [offset, height] = lane(event.kind, rowHeight);
  const width = Math.max(0.75, x(event.end) - x(event.start) - 0.5);
  const box = svg("rect", {class: event.kind + (event.batch % 2 ? " odd" : ""), x: x(event.start), y: y + offset, width, height, rx: 1});
  box.append(svg("title", {}, `batch ${event.batch}: ${event.kind}, ${si(event.end - event.start, "s")} from ${si(event.start, "s")}`));
  chart.append(box);
  if (event.kind === "compute" && width > 12 && rowHeight > 18)
    chart.append(svg("text", {class: "batch", x: x(event.start) + width / 2, y: y + offset + height / 2 + 4}, String(event.batch)));
}

function timelineNote(item, batches) {
  const shown = item.events.length / 6;
  const first = item.events_in_all ? `The first ${counted(shown, "event")} of the ${item.events_in_all.toLocaleString("en")} of the first batches`
    : batches === 1 ? "The first batch" : `The first ${batches} batches`;
  return `${first}. A batch alone takes ${si(item.latency_s, "s")}; in steady state there is a result every ${si(item.period_s, "s")}.`;
}

/** Draws into #timeline what `item.events` says. */
function drawTimeline(report, item) {
  const events = eventsOf(item), rows = rowsOf(report, item, events);
  byId("timeline-note").textContent = timelineNote(item, 1 + Math.max(0, ...events.map((e) => e.batch)));
  const box = byId("timeline");
  const width = Math.max(280, box.clientWidth);
  const longest = Math.max(0, ...rows.map((row) => (row.name + row.turn).length));
  const left = Math.min(width * 0.3, longest * 7 + 12), rowHeight = rows.length > 20 ? 18 : 30, bottom = 40;
  const height = rows.length * rowHeight + bottom;
  const end = Math.max(1e-15, ...events.map((e) => e.end)), x = (time) => left + (time / end) * (width - left - 12);
  const chart = svg("svg", {viewBox: `0 0 ${width} ${height}`, height, role: "img", "aria-label": "Timeline of the first batches"});
  const prefix = prefixOf(end);
  for (const tick of linearTicks(0, end, width / 100)) {
    chart.append(svg("line", {class: "grid", x1: x(tick), x2: x(tick), y1: 0, y2: height - bottom}));
    chart.append(svg("text", {x: x(tick), y: height - bottom + 16, "text-anchor": "middle"}, tickText(tick, prefix)));
  }
  chart.append(svg("text", {class: "label", x: (left + width) / 2, y: height - 4, "text-anchor": "middle"}, `time (${prefix[1]}s)`));
  rows.forEach((row, i) => {
    const room = Math.max(3, Math.floor((left - 12) / 7) - row.turn.length);
    const name = (row.name.length > room ? row.name.slice(0, room - 1) + "…" : row.name) + row.turn;
    chart.append(svg("text", {class: "label", x: 0, y: i * rowHeight + rowHeight / 2 + 4}, name, svg("title", {}, row.name + row.turn)));
    chart.append(svg("line", {class: "grid", x1: 0, x2: width, y1: (i + 1) * rowHeight, y2: (i + 1) * rowHeight}));
    for (const event of events) if (event.stage === row.stage && event.replica === row.replica) drawEvent(chart, event, x, i * rowHeight, rowHeight);
  });
  box.replaceChildren(chart);
}
