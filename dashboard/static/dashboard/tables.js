// The tables: a chart's values, answers by status, exceptions, replicas.
import { element, replace, row, sparkline, table } from "./elements.js";
import { duration, time, write } from "./format.js";

export function showChartTable(details, { times, series, unit }) {
  if (details.open) {
    const titles = series.map(({ name, previous }) => (previous ? `${name}, before` : name));
    const rows = times.map((at, index) => row(time(at, "full"), ...series.map(({ values }) => write(values[index], unit))));
    details.querySelector(".table").replaceChildren(table(["Time", ...titles], rows.reverse()));
  }
}

export function showAnswers(place, ofExceptions, { answers, exceptions }) {
  const rows = answers.map(({ view, status, method, count }) => {
    const made = row(status, view, method, write(count));
    made.dataset.status = status[0];
    return made;
  });
  place.replaceChildren(table(["Status", "View", "Method", "Requests"], rows));
  const types = exceptions.map(({ type, count }) => row(type, write(count)));
  ofExceptions.replaceChildren(types.length ? table(["Exception", "Count"], types) : "No unhandled exceptions in this range.");
}

// Each column's title, what it is sorted by, and what its cell holds.
const age = ({ started, stopped, now }) => (started == null ? null : (stopped ?? now) - started);
const COLUMNS = [
  ["Replica", ({ pod }) => pod, null],
  ["State", ({ state }) => state, ({ state }) => state],
  ["Version", ({ version }) => version, ({ version, revision }) => [version, revision].filter(Boolean).join(" ")],
  ["Age", age, one => (age(one) === null ? "–" : duration(age(one)))],
  ["Requests", ({ requests }) => requests, ({ requests }) => write(requests)],
  ["Now", ({ rate }) => rate, one => element("span", { className: "rate" }, write(one.rate, "per second"), sparkline(one.sparkline))],
  ["5xx", one => one.errors_percent, one => write(one.errors_percent, "percent")],
  ["p95", ({ p95 }) => p95, ({ p95 }) => write(p95, "seconds")],
];

const inOrder = (a, b) => (a == null) - (b == null) || (a > b) - (a < b);

// Return the function that shows the replicas; `choose` gets the one that was pressed, null if it was the chosen one.
export function replicaTable(place, choose) {
  // At first, and among equals, the order is the data's.
  let [sortedBy, sign] = [() => 0, 1];

  function rowOf(one, chosen) {
    const name = element("button", { type: "button", ariaPressed: one.pod === chosen, dataset: { key: one.pod } }, one.pod);
    name.addEventListener("click", () => choose(one.pod === chosen ? null : one.pod));
    const header = element("span", {}, name, ...one.odd.map(sentence => element("small", {}, `⚠ ${sentence}`)));
    const made = row(header, ...COLUMNS.slice(1).map(([, , cell]) => cell(one)));
    made.dataset.state = one.odd.length ? "odd" : one.state;
    return made;
  }

  return function show(replicas, chosen, now) {
    const heads = COLUMNS.map(([title, value], index) => {
      const sort = element("button", { type: "button", dataset: { key: `sort ${title}` } }, title);
      sort.addEventListener("click", () => {
        // Numbers are looked at from the greatest down.
        [sign, sortedBy] = [sortedBy === value ? -sign : index < 3 ? 1 : -1, value];
        show(replicas, chosen, now);
      });
      const ariaSort = sortedBy !== value ? null : sign > 0 ? "ascending" : "descending";
      return element("th", { scope: "col", ariaSort }, sort);
    });
    const ordered = replicas.map(one => ({ ...one, now })).sort((one, other) => sign * inOrder(sortedBy(one), sortedBy(other)));
    const rows = ordered.map(one => rowOf(one, chosen));
    replace(place, table(heads, rows));
  };
}
