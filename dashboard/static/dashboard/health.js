// The health now, the pages' totals, and the state in the tab's title and icon.
import { element, replace, sparkline } from "./elements.js";
import { write } from "./format.js";

const WORDS = { ok: "✓ OK", warning: "! Warning", critical: "✕ Critical", unknown: "? Unknown" };
const title = document.title;

export function showHealth(place, { state, title: words, checks }, problems) {
  const text = JSON.stringify([state, words, checks, problems]);
  if (place.dataset.text === text) return;
  place.dataset.text = text;
  place.dataset.state = state;
  const status = place.querySelector("[role=status]");
  if (status.textContent !== words) {
    status.textContent = words; // A screen reader reads it: only when it changes.
  }
  place.querySelector(".problems").replaceChildren(...problems.map(problem => element("p", {}, problem)));
  const lines = checks.map(({ name, title: subject, state: one, sentence, chart }) => {
    const words = element("span", { className: "state" }, WORDS[one]);
    const link = element("a", { href: `#${chart}`, dataset: { key: name, state: one } }, words, element("b", {}, subject), element("span", {}, sentence));
    return element("li", {}, link);
  });
  replace(place.querySelector(".checks"), ...lines);
  document.title = `${words}: ${title}`;
  document.querySelector("link[rel=icon]").href = place.dataset[`icon${state[0].toUpperCase()}${state.slice(1)}`];
}

// Each place names its figure and its unit.
export function showStats(root, { pages, stats, range }) {
  const figures = { ...stats, ...range, ...Object.fromEntries(pages.map(page => [page.name, page])) };
  for (const place of root.querySelectorAll("[data-value]")) {
    const value = place.dataset.value.split(".").reduce((part, key) => part?.[key], figures);
    place.replaceChildren(place.dataset.unit === "sparkline" ? sparkline(value ?? []) : write(value, place.dataset.unit));
  }
}
