// From places in the unit square or cube to pixels.

const FLAT_MARGIN = {left: 62, right: 14, top: 10, bottom: 46};

function flatView(width, height) {
  const {left, right, top, bottom} = FLAT_MARGIN;
  return {width, height, project: (u, v) => [left + u * (width - left - right), height - bottom - v * (height - top - bottom)]};
}

/** A cube seen from afar, turned about its upright axis and then tilted towards the eye. */
function turnedView(width, height, yaw, pitch) {
  const size = Math.min(width / 1.8, height / 1.65), [cy, sy, cp, sp] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
  const project = (u, v, w) => {
    const across = (u - 0.5) * cy + (w - 0.5) * sy, away = (w - 0.5) * cy - (u - 0.5) * sy;
    return [width / 2 + size * across, height / 2 - size * ((v - 0.5) * cp + away * sp)];
  };
  return {width, height, project};
}

function flatAxes(chart, view, [x, y], titles) {
  const {left, right, top, bottom} = FLAT_MARGIN, {width, height} = view;
  for (const tick of x.ticks) {
    const [at] = view.project(tick.at, 0);
    chart.append(svg("line", {class: "grid", x1: at, x2: at, y1: top, y2: height - bottom}),
      svg("text", {x: at, y: height - bottom + 17, "text-anchor": "middle"}, tick.text));
  }
  for (const tick of y.ticks) {
    const [, at] = view.project(0, tick.at);
    chart.append(svg("line", {class: "grid", x1: left, x2: width - right, y1: at, y2: at}),
      svg("text", {x: left - 7, y: at + 4, "text-anchor": "end"}, tick.text));
  }
  const middle = (top + height - bottom) / 2;
  chart.append(svg("path", {class: "axis", fill: "none", d: `M${left},${top}V${height - bottom}H${width - right}`}),
    svg("text", {class: "label", x: (left + width - right) / 2, y: height - 6, "text-anchor": "middle"}, titles[0]),
    svg("text", {class: "label", x: 13, y: middle, "text-anchor": "middle", transform: `rotate(-90 13 ${middle})`}, titles[1]));
}

/** The four edges of the cube along one of its directions, each as two corners. */
function edgesAlong(direction) {
  const edges = [];
  for (const a of [0, 1])
    for (const b of [0, 1]) {
      const corner = (end) => { const at = [a, b]; at.splice(direction, 0, end); return at; };
      edges.push([corner(0), corner(1)]);
    }
  return edges;
}

/** Where an axis is written: upright ones at the left, the others at the front of the floor. */
function writtenEdge(view, direction) {
  const rank = ([from, to]) => {
    const [a, b] = [view.project(...from), view.project(...to)];
    return direction === 1 ? a[0] + b[0] : (from[1] === 0 ? 0 : 1e6) - (a[1] + b[1]);
  };
  return edgesAlong(direction).reduce((best, edge) => (rank(edge) < rank(best) ? edge : best));
}

function solidAxes(chart, view, scales, titles) {
  for (const direction of [0, 1, 2])
    for (const [from, to] of edgesAlong(direction)) {
      const [[x1, y1], [x2, y2]] = [view.project(...from), view.project(...to)];
      chart.append(svg("line", {class: "box", x1, y1, x2, y2}));
    }
  const centre = [view.width / 2, view.height / 2];
  scales.forEach((scale, direction) => {
    const [from, to] = writtenEdge(view, direction);
    const along = (place) => view.project(...from.map((start, k) => start + (to[k] - start) * place));
    const [[x1, y1], [x2, y2], middle] = [along(0), along(1), along(0.5)];
    chart.append(svg("line", {class: "axis", x1, y1, x2, y2}));
    const away = Math.hypot(middle[0] - centre[0], middle[1] - centre[1]) || 1;
    const out = [(middle[0] - centre[0]) / away, (middle[1] - centre[1]) / away];
    const anchor = out[0] < -0.35 ? "end" : out[0] > 0.35 ? "start" : "middle";
    const write = (style, [x, y], distance, text) => chart.append(
      svg("text", {class: style, x: x + out[0] * distance, y: y + out[1] * distance + 4, "text-anchor": anchor}, text));
    for (const tick of scale.ticks) write("", along(tick.at), 12, tick.text);
    if (direction === 1) chart.append(svg("text", {class: "label", x: x2, y: Math.min(y1, y2) - 12, "text-anchor": "middle"}, titles[1]));
    else write("label", middle, 42, titles[direction]);
  });
}
