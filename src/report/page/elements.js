// Elements of the page. Text always enters as text, never as markup.

function build(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) if (value !== null && value !== undefined) node.setAttribute(name, value);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

function html(tag, attributes, ...children) {
  return build(document.createElement(tag), attributes, children);
}

function svg(tag, attributes, ...children) {
  return build(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

/** Of plans by ascending throughput those that no faster one undercuts in energy: their frontier in these two. */
function undercutByNone(plans, energy) {
  const kept = [];
  for (const plan of [...plans].reverse()) if (!kept.length || energy(plan) < energy(kept[0])) kept.unshift(plan);
  return kept;
}

function byId(id) {
  return document.getElementById(id);
}

/** Marks by meaning: the shape tells kinds apart where colour cannot. */
function mark(shape, x, y, size, attributes) {
  const at = (...corners) => corners.map(([dx, dy]) => (x + dx * size).toFixed(1) + "," + (y + dy * size).toFixed(1)).join(" ");
  if (shape === "circle") return svg("circle", {cx: x.toFixed(1), cy: y.toFixed(1), r: size, ...attributes});
  const corners = {
    diamond: [[0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]],
    triangle: [[0, -1.3], [1.2, 0.9], [-1.2, 0.9]],
    square: [[-1, -1], [1, -1], [1, 1], [-1, 1]],
    wedge: [[0, 1.3], [1.2, -0.9], [-1.2, -0.9]],
  }[shape];
  return svg("polygon", {points: at(...corners), ...attributes});
}

const BASELINE_SHAPES = ["diamond", "triangle", "square", "wedge"];
function baselineShape(index) {
  return BASELINE_SHAPES[index % BASELINE_SHAPES.length];
}
