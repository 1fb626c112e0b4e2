// The page of a design space: what is selected and shown, and everything that follows from it.

const space = JSON.parse(byId("data").textContent);
const points = JSON.parse(byId("points-data").textContent);
for (const plan of space.plans) Object.assign(plan, placeOf(space, plan.point), {limited: space.limited, timed: space.timed});
const dots = dotsOf(space, points);
const dimensions = dimensionsOf(space);

const state = {
  model: 0, filter: emptyFilter(), selection: {kind: "plan", index: 0}, order: {column: 0, falling: false},
  view: {x: "throughput_per_s", y: "energy_j", z: "", colour: space.timed ? "latency_s" : "", log: true, yaw: -0.7, pitch: 0.42},
};

/** What the charts draw: everything of the model, and what of it passes the filter. */
function pageOf() {
  const ofModel = ({model}) => model === state.model;
  const plans = space.plans.filter(ofModel), others = dots.filter(ofModel);
  const shown = {plans: plans.filter((plan) => passes(state.filter, plan)), dots: others.filter((dot) => passes(state.filter, dot))};
  return {space, dimensions, ...state, everything: [...plans, ...others], shown: {...shown, all: [...shown.plans, ...shown.dots]}};
}

function planOf(index) {
  return space.plans.find((plan) => plan.index === index);
}

/** What the shared parts of pages call a report, of one plan. */
function contextOf(plan) {
  return {cluster: space.clusters[plan.cluster], names: space.names[plan.model], batch: plan.batch};
}

function showPlan(plan) {
  const batch = space.axes.some(({name}) => name === "batch") ? "" : `, batch ${plan.batch}`;
  const settings = html("p", {class: "settings"}, html("code", {}, settingText(space, plan.at) + batch), html("br"), "File: ", html("code", {}, plan.file));
  drawPlan(contextOf(plan), plan, `Plan ${plan.index} (of 0 to ${space.plans_in_all - 1})`, [settings, ...judgement(plan)]);
  drawTimeline(contextOf(plan), plan);
}

/** A point that has no plan on the frontier: its figures, and how to get its plans. */
function showDesign(number) {
  const own = dots.filter(({point}) => point === number);
  const {model, at} = placeOf(space, number);
  const figure = (dot) => [html("h3", {}, `Its ${bestName(dot)}`),
    html("dl", {class: "figures"}, ...FIGURES.map(({key, name, text}) => html("div", {}, html("dt", {}, name), html("dd", {}, text(dot[key])))))];
  byId("plan").replaceChildren(html("h2", {}, `Point ${number}`), html("p", {class: "settings"}, html("code", {}, settingText(space, at)), "."),
    html("p", {class: "proof"}, "Other points have better plans, so the page holds only its figures."), ...own.flatMap(figure),
    html("h3", {}, "All of its plans"),
    html("code", {class: "command"}, `cleave sweep ${space.models[model]} -c '${clusterText(space, at)}' --batch ${batchText(space, at)}${space.timed ? " --latency" : ""} -o point_${number}`));
}

function showSelection() {
  const plan = state.selection.kind === "plan" ? planOf(state.selection.index) : null;
  byId("timeline-panel").hidden = !plan;
  byId("plan").hidden = !plan && state.selection.kind === "plan";
  if (plan) showPlan(plan);
  else if (state.selection.kind === "design") showDesign(state.selection.index);
}

function drawPoints(page) {
  const [number, ...figures] = POINT_COLUMNS;
  const axes = space.axes.map((axis, i) => [axis.name, (p) => p.at[i], (p) => axis.values[p.at[i]]]);
  const columns = [["plan", number[1], number[2]], ...axes, ...figures];
  const entries = page.shown.plans.map((item) => ({item, index: item.index}));
  drawTable({columns, entries}, state.order, (order) => { state.order = order; draw(); }, ({index}) => select({kind: "plan", index}));
  markRow({kind: state.selection.kind === "plan" ? "point" : "", index: state.selection.index});
}

function frontierText() {
  if (!space.timed) return "The frontier is that of throughput and energy.";
  const steps = state.view.z ? "" : " The steps are the part that throughput and energy alone would keep.";
  return "The frontier is that of throughput, energy and latency." + steps;
}

function drawNotes(page) {
  const plans = space.plans.filter(({model}) => model === state.model).length;
  byId("filter-note").textContent = `${page.shown.plans.length} of ${counted(plans, "plan")} of the frontier, ` +
    `${new Set(page.shown.dots.map(({point}) => point)).size.toLocaleString("en")} points.`;
  const thinned = points.shown < points.with_plans ? ` ${points.shown.toLocaleString("en")} of ${points.with_plans.toLocaleString("en")} points with plans, evenly chosen, are on this page; points.csv has them all.` : "";
  byId("scatter-note").textContent = (state.view.z ? "Drag to turn. " : "") + frontierText() + " Select a mark to see its plan." + thinned;
  byId("points-note").textContent = space.plans.length < space.plans_in_all
    ? `${counted(space.plans.length, "plan")} of ${space.plans_in_all.toLocaleString("en")}, evenly chosen; pareto.csv has them all.` : "";
}

function drawSwitches() {
  const pressed = {flat: !state.view.z, solid: Boolean(state.view.z), linear: !state.view.log, log: state.view.log};
  for (const [id, on] of Object.entries(pressed)) byId(id).setAttribute("aria-pressed", on);
  for (const which of ["x", "y", "z", "colour"]) byId("choose-" + which).value = state.view[which];
}

function draw() {
  const page = pageOf();
  drawSwitches();
  drawFilters(space, state, draw, chooseModel);
  drawScatter(page, {select, turn});
  drawParallel(page, select, draw);
  drawPoints(page);
  drawNotes(page);
}

function select(selection) {
  state.selection = selection;
  history.replaceState(null, "", `#${selection.kind}=${selection.index}`);
  showSelection();
  draw();
}

function firstPlan() {
  const plans = space.plans.filter(({model}) => model === state.model);
  return {kind: "plan", index: plans[Math.floor(plans.length / 2)]?.index ?? -1};
}

function chooseModel(model) {
  state.model = model;
  select(firstPlan());
}

/** Turns the cube as long as the pointer is down. The window listens, as the chart is drawn anew all the time. */
function turn(start) {
  const {yaw, pitch} = state.view;
  const follow = (event) => {
    state.view.yaw = yaw + (event.clientX - start.clientX) / 150;
    state.view.pitch = Math.min(1.4, Math.max(0.05, pitch + (event.clientY - start.clientY) / 200));
    drawScatter(pageOf(), {select, turn});
  };
  window.addEventListener("pointermove", follow);
  window.addEventListener("pointerup", () => window.removeEventListener("pointermove", follow), {once: true});
}

function selectionOfFragment() {
  const found = /^#(plan|design)=(\d+)$/.exec(location.hash);
  if (!found) return null;
  const selection = {kind: found[1], index: Number(found[2])};
  const known = selection.kind === "plan" ? planOf(selection.index) : selection.index < points.of;
  return known ? selection : null;
}

function describe() {
  document.title = space.title + " · cleave";
  byId("title").textContent = space.title;
  byId("subject").textContent = space.axes.map(({name, values}) => `${name}: ${values.length > 6 ? `${values[0]} to ${values[values.length - 1]} (${values.length})` : values.join(", ")}`).join("; ") + ".";
  const states = Object.entries(space.states).map(([state, count]) => `${count.toLocaleString("en")} ${state}`).join(", ");
  byId("extent").textContent = `${counted(points.of, "point")}: ${states}. ${counted(space.plans_in_all, "plan")} on the frontier, ` +
    `${counted(space.searches, "search").replace(/searchs$/, "searches")}, found in ${si(space.elapsed_s, "s")}${space.complete ? "." : ", stopped early."}`;
}

function prepareChoices() {
  const options = dimensions.filter(({axis, count}) => axis === undefined || count > 1).map(({key, name}) => [key, name]);
  for (const [which, none] of [["x", null], ["y", null], ["z", "none"], ["colour", "none"]]) {
    const all = none ? [["", none], ...options] : options;
    const choice = byId("choose-" + which);
    choice.replaceChildren(...all.map(([value, name]) => html("option", {value}, name)));
    choice.addEventListener("change", () => { state.view[which] = choice.value; draw(); });
  }
  const objectives = (z) => () => { Object.assign(state.view, {x: "throughput_per_s", y: "energy_j", z}); draw(); };
  byId("flat").addEventListener("click", objectives(""));
  byId("solid").addEventListener("click", objectives("latency_s"));
  byId("linear").addEventListener("click", () => { state.view.log = false; draw(); });
  byId("log").addEventListener("click", () => { state.view.log = true; draw(); });
  byId("clear").addEventListener("click", () => { state.filter = emptyFilter(); draw(); });
}

/** Arrow keys walk along the frontier while a mark has the focus. */
function walk(event) {
  const step = {ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1}[event.key];
  const plans = pageOf().shown.plans;
  const next = step && plans[plans.findIndex(({index}) => index === state.selection.index) + step];
  if (!next || state.selection.kind !== "plan") return;
  event.preventDefault();
  select({kind: "plan", index: next.index});
  document.querySelector(`[data-plan="${next.index}"]`).focus();
}

function start() {
  describe();
  prepareChoices();
  byId("scatter").addEventListener("keydown", (event) => {
    walk(event);
    if (event.key === "Enter" || event.key === " ") event.target.dispatchEvent(new MouseEvent("click", {bubbles: true}));
  });
  const follow = () => {
    const selection = selectionOfFragment() || firstPlan();
    state.model = selection.kind === "plan" ? planOf(selection.index)?.model ?? 0 : placeOf(space, selection.index).model;
    select(selection);
  };
  window.addEventListener("hashchange", follow);
  window.addEventListener("resize", draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  follow();
}

start();
