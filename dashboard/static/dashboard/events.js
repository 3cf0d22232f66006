// Deployments, starts and stops: a flag above each chart, a list below, and what changed with one of them.
import { element, replace, row, table } from "./elements.js";
import { write, writeChange } from "./format.js";

const SYMBOLS = { replaced: "⚑", started: "▲", stopped: "▼" };

function button(event, words, pick) {
  const made = element("button", { type: "button", title: event.title, dataset: { key: event.start } }, `${SYMBOLS[event.kind]} ${words}`);
  made.addEventListener("click", () => pick(event));
  return made;
}

// A line in the plot, and above it a flag that can be pressed.
export function drawEvents({ ctx, bbox, over, valToPos }, { events, range }, place, colour, pick) {
  const inside = events.filter(({ start, end }) => end >= range.start && start <= range.end);
  const flags = inside.map(event => {
    const x = Math.max(0, valToPos((event.start + event.end) / 2, "x"));
    ctx.fillStyle = colour;
    ctx.fillRect(bbox.left + x * devicePixelRatio, bbox.top, devicePixelRatio, bbox.height);
    const flag = [...place.children].find(({ title }) => title === event.title) ?? button(event, "", pick);
    flag.ariaLabel = event.title;
    flag.style.left = `${over.offsetLeft + x}px`;
    return flag;
  });
  replace(place, ...flags);
}

export function showEvents(place, events, pick) {
  place.hidden = !events.length;
  replace(place.querySelector("ul"), ...events.toReversed().map(event => element("li", {}, button(event, event.title, pick))));
}

export async function compare(dialog, event, loading) {
  const [title, sentence, place] = dialog.querySelectorAll("h2, p, .table");
  title.textContent = event.title;
  sentence.textContent = "Loading…";
  place.replaceChildren();
  dialog.showModal();
  const { figures, problems } = await loading;
  sentence.textContent = problems.join(" ");
  const rows = (figures ?? []).map(({ name, unit, before, after, change }) => row(name, write(before, unit), write(after, unit), writeChange(change)));
  place.replaceChildren(table(["", "30 minutes before", "30 minutes after", "Change"], rows));
}
