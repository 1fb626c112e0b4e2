// What is under the pointer, and a word about it.

/** Shows `lines`, the first as a heading, beside (x, y) of `box`; hides them where there are none. */
function showTip(box, lines, x, y) {
  box.querySelector(".tip")?.remove();
  if (!lines) return;
  const [name, ...rest] = lines;
  const tip = html("div", {class: "tip"}, html("b", {}, name), ...rest.map((line) => html("div", {}, line)));
  box.append(tip);
  const left = Math.min(Math.max(0, x - tip.offsetWidth / 2), box.clientWidth - tip.offsetWidth);
  const top = y - tip.offsetHeight - 14;
  tip.style.left = left + "px";
  tip.style.top = (top < 0 ? y + 14 : top) + "px";
}

/** The one of `placed` (with x and y in pixels of `box`) that is nearest to the pointer, within `reach`. */
function nearestEntry(placed, event, box, reach) {
  const area = box.getBoundingClientRect();
  let best = null, least = reach;
  for (const entry of placed) {
    const distance = Math.hypot(entry.x - (event.clientX - area.left), entry.y - (event.clientY - area.top));
    if (distance < least) [best, least] = [entry, distance];
  }
  return best;
}
