// Plans and points in two or three dimensions: points on a canvas, plans as marks above it.

function colourOf(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function canvasOf(width, height) {
  const scale = window.devicePixelRatio || 1;
  const canvas = html("canvas", {width: Math.round(width * scale), height: Math.round(height * scale), "aria-hidden": true});
  canvas.style.height = height + "px";
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  return {canvas, pen};
}

/** How items are coloured: by a dimension, or all alike. */
function paintOf(page) {
  const dimension = page.dimensions.find(({key}) => key === page.view.colour);
  if (!dimension) return null;
  const scale = scaleOf(dimension, page.shown.all, page.view.log, 6);
  return {dimension, scale, of: (item) => hueOf(scale.at(dimension.value(item)))};
}

function paintDots(pen, page, place, paint) {
  pen.globalAlpha = page.shown.dots.length > 20000 ? 0.25 : page.shown.dots.length > 2000 ? 0.4 : 0.6;
  pen.fillStyle = colourOf("--bound");
  for (const dot of page.shown.dots) {
    const [x, y] = place(dot);
    if (paint) pen.fillStyle = paint.of(dot);
    pen.fillRect(x - 1.5, y - 1.5, 3, 3);
  }
}

function planTip(page, plan) {
  return [`plan ${plan.index}`, `${rate(plan.throughput_per_s)}, ${si(plan.energy_j, "J")}, ${si(plan.latency_s, "s")}`, ...settingLines(page.space, plan.at)];
}

function dotTip(page, dot) {
  return [`point ${dot.point}: its ${bestName(dot)}`,
    `${rate(dot.throughput_per_s)}, ${si(dot.energy_j, "J")}, ${si(dot.latency_s, "s")}`, ...settingLines(page.space, dot.at)];
}

function settingLines(space, at) {
  return space.axes.map((axis, i) => [axis, i]).filter(([axis]) => axis.values.length > 1).slice(0, 6).map(([axis, i]) => `${axis.name} ${axis.values[at[i]]}`);
}

/** A throughput up to that of a plan costs at least that plan's energy; drawn where these are the axes. */
function drawStairs(chart, page, place) {
  if (page.view.x !== "throughput_per_s" || page.view.y !== "energy_j" || page.view.z) return;
  const steps = undercutByNone(page.shown.plans, (plan) => plan.energy_j).map((plan) => place(plan)).map(([x, y], i) => (i ? `V${y.toFixed(1)}H${x.toFixed(1)}` : `M${x.toFixed(1)},${y.toFixed(1)}`));
  if (steps.length) chart.append(svg("path", {class: "steps", d: steps.join("")}));
}

function drawMarks(chart, box, page, place, paint, select) {
  const size = page.shown.plans.length > 60 ? 4 : 5.5;
  return page.shown.plans.map((plan) => {
    const [x, y] = place(plan), chosen = page.selection.kind === "plan" && page.selection.index === plan.index;
    const node = mark("circle", x, y, size, {class: "mark point" + (plan.proven || paint ? "" : " unproven"), "data-plan": plan.index,
      tabindex: chosen ? 0 : -1, role: "button", "aria-label": planTip(page, plan).join(", "), "aria-pressed": chosen});
    if (paint) node.style.fill = paint.of(plan);
    node.addEventListener("click", (event) => { event.stopPropagation(); select({kind: "plan", index: plan.index}); });
    node.addEventListener("focus", () => showTip(box, planTip(page, plan), x, y));
    chart.append(node);
    if (chosen) chart.append(svg("circle", {class: "ring", cx: x, cy: y, r: size + 4}));
    return {plan, x, y};
  });
}

function ringChosenPoint(chart, page, place) {
  if (page.selection.kind !== "design") return;
  for (const dot of page.shown.dots.filter(({point}) => point === page.selection.index)) {
    const [x, y] = place(dot);
    chart.append(svg("circle", {class: "ring", cx: x, cy: y, r: 6}));
  }
}

/** Plans are easier to hit than the many points around them. */
function underPointer(event, box, page, marks, place) {
  const plan = nearestEntry(marks, event, box, 14);
  if (plan) return {x: plan.x, y: plan.y, tip: planTip(page, plan.plan), entry: {kind: "plan", index: plan.plan.index}};
  const area = box.getBoundingClientRect(), [px, py] = [event.clientX - area.left, event.clientY - area.top];
  let best = null, least = 14;
  for (const dot of page.shown.dots) {
    const [x, y] = place(dot), distance = Math.hypot(x - px, y - py);
    if (distance < least) [best, least] = [{dot, x, y}, distance];
  }
  return best && {x: best.x, y: best.y, tip: dotTip(page, best.dot), entry: {kind: "design", index: best.dot.point}};
}

function listen(chart, box, page, marks, place, {select, turn}) {
  chart.addEventListener("pointerdown", (event) => { if (page.view.z) turn(event); });
  chart.addEventListener("pointermove", (event) => {
    if (event.buttons && page.view.z) return;
    const found = underPointer(event, box, page, marks, place);
    showTip(box, found?.tip, found?.x, found?.y);
  });
  chart.addEventListener("pointerleave", () => showTip(box, null));
  chart.addEventListener("click", (event) => {
    const found = underPointer(event, box, page, marks, place);
    if (found) select(found.entry);
  });
}

/** Draws into #scatter; `acts.select` is called with what is clicked, `acts.turn` with what begins a drag. */
function drawScatter(page, acts) {
  const box = byId("scatter"), {view} = page;
  const width = Math.max(280, box.clientWidth), height = Math.round(Math.min(480, Math.max(300, width * 0.68)));
  const chosen = [view.x, view.y, view.z].filter(Boolean).map((key) => page.dimensions.find((dimension) => dimension.key === key));
  const solid = chosen.length === 3;
  const scales = chosen.map((dimension, k) => scaleOf(dimension, page.shown.all, view.log, solid ? 4 : k ? height / 60 : width / 90));
  const look = solid ? turnedView(width, height, view.yaw, view.pitch) : flatView(width, height);
  const place = (item) => look.project(...chosen.map((dimension, k) => scales[k].at(dimension.value(item))));
  const chart = svg("svg", {viewBox: `0 0 ${width} ${height}`, height, role: "group", "aria-label": "Designs: " + chosen.map(({name}) => name).join(", ")});
  const {canvas, pen} = canvasOf(width, height);
  const paint = paintOf(page);
  (solid ? solidAxes : flatAxes)(chart, look, scales, chosen.map((dimension, k) => titleOf(dimension, scales[k])));
  paintDots(pen, page, place, paint);
  drawStairs(chart, page, place);
  const marks = drawMarks(chart, box, page, place, paint, acts.select);
  ringChosenPoint(chart, page, place);
  listen(chart, box, page, marks, place, acts);
  box.classList.toggle("solid", solid);
  box.replaceChildren(canvas, chart);
  drawScatterLegend(page, paint);
}

function drawScatterLegend(page, paint) {
  const sample = (fill, text) => html("li", {}, svg("svg", {viewBox: "0 0 14 14"}, svg("rect", {x: 4, y: 4, width: 6, height: 6, style: `fill:${fill}`})), text);
  const entries = [html("li", {}, svg("svg", {viewBox: "0 0 14 14"}, mark("circle", 7, 7, 5, {class: "mark point"})), "plan of the frontier"),
    sample(colourOf("--bound"), `another point: its fastest plan and ${page.space.timed ? "those of least energy and latency" : "that of least energy"}`)];
  if (paint) {
    const unit = paint.dimension.axis === undefined ? ` ${paint.scale.prefix}${paint.dimension.unit}` : "";
    entries.push(...paint.scale.ticks.map((tick) => sample(hueOf(tick.at), `${paint.dimension.name} ${tick.text}${unit}`)));
  }
  byId("legend").replaceChildren(...entries);
}
