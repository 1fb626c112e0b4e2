// Which items are shown: a set of values per axis, a range per figure.

function emptyFilter() {
  return {sets: new Map(), ranges: new Map()};
}

/** A set that is absent lets everything pass. */
function passes(filter, item) {
  for (const [axis, set] of filter.sets) if (!set.has(item.at[axis])) return false;
  for (const [key, [low, high]] of filter.ranges) if (item[key] < low || item[key] > high) return false;
  return true;
}

function toggled(set, position) {
  const next = new Set(set);
  if (!next.delete(position)) next.add(position);
  return next;
}

function chips(axis, index, filter, change) {
  return axis.values.map((value, position) => {
    const set = filter.sets.get(index);
    const chip = html("button", {type: "button", "data-axis": axis.name, "data-value": value, "aria-pressed": Boolean(set?.has(position))}, value);
    chip.addEventListener("click", () => {
      const next = toggled(set, position);
      if (next.size) filter.sets.set(index, next);
      else filter.sets.delete(index);
      change();
    });
    return chip;
  });
}

function modelChips(space, model, choose) {
  return space.models.map((name, index) => {
    const chip = html("button", {type: "button", "data-model": index, "aria-pressed": index === model}, name);
    chip.addEventListener("click", () => choose(index));
    return chip;
  });
}

/** Fills #filters; `change` is called when the filter is another one. */
function drawFilters(space, state, change, chooseModel) {
  const rows = [];
  const row = (name, buttons) => rows.push(html("span", {}, name), html("div", {class: "chips", role: "group", "aria-label": name}, ...buttons));
  if (space.models.length > 1) row("model", modelChips(space, state.model, chooseModel));
  space.axes.forEach((axis, index) => {
    if (axis.values.length > 1 && axis.values.length <= 40) row(axis.name, chips(axis, index, state.filter, change));
  });
  byId("filters").replaceChildren(...rows);
  byId("clear").disabled = !state.filter.sets.size && !state.filter.ranges.size;
}
