// Every point as a row; headings sort.

function precisionsOf(item) {
  return [...new Set(item.stages.map((stage) => stage.precision))].join(", ");
}

function weightCell(item) {
  return item.weight ? item.weight.map((w) => w.toFixed(2)).join(" to ") : "";
}

/** Heading, value to sort by, text to show; text columns are aligned left. */
const POINT_COLUMNS = [
  ["point", (p, i) => i, (p, i) => String(i)],
  ["throughput", (p) => p.throughput_per_s, (p) => rate(p.throughput_per_s)],
  ["energy", (p) => p.energy_j, (p) => si(p.energy_j, "J")],
  ["latency", (p) => p.latency_s, (p) => si(p.latency_s, "s")],
  ["power", (p) => p.power_w, (p) => si(p.power_w, "W")],
  ["devices", (p) => p.devices, (p) => String(p.devices)],
  ["stages", (p) => p.stages.length, (p) => String(p.stages.length)],
  ["precision", precisionsOf, precisionsOf, "text"],
  ["gap", (p) => p.gap, (p) => (p.proven && p.gap <= 1e-9 ? "proven" : percent(p.gap))],
  ["weight", (p) => (p.weight ? p.weight[0] : -1), weightCell],
  ["solver", (p) => p.solver, (p) => p.solver, "text"],
];

function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

function heading(columns, column, order, sortBy) {
  const [name, , , style] = columns[column];
  const button = html("button", {type: "button"}, name);
  button.addEventListener("click", () => sortBy({column, falling: order.column === column && !order.falling}));
  const sorted = order.column === column ? (order.falling ? "descending" : "ascending") : null;
  return html("th", {class: style, scope: "col", "aria-sort": sorted}, button);
}

/** Shows which row is selected. */
function markRow(selection) {
  for (const row of byId("points").querySelectorAll("[data-row]"))
    row.setAttribute("aria-selected", selection.kind === "point" && row.dataset.row === String(selection.index));
}

/** Fills #points with `entries` (each an item and its index) in this order; `select` is called with the entry of a row. */
function drawTable({columns, entries}, order, sortBy, select) {
  const [, key] = columns[order.column];
  const sorted = [...entries].sort((a, b) =>
    (order.falling ? -1 : 1) * compare(key(a.item, a.index), key(b.item, b.index)) || a.index - b.index);
  const rows = sorted.map((entry) => {
    const row = html("tr", {"data-row": entry.index},
      ...columns.map(([, , text, style]) => html("td", {class: style}, text(entry.item, entry.index))));
    row.addEventListener("click", () => select(entry));
    return row;
  });
  byId("points").replaceChildren(
    html("thead", {}, html("tr", {}, ...columns.map((_, column) => heading(columns, column, order, sortBy)))), html("tbody", {}, ...rows));
}
