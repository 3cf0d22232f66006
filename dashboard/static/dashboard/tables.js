// A chart's numbers as a table and as CSV, and the list of the replicas' marks.
import { time, write } from "./numbers.js";

function element(name, text) {
    return Object.assign(document.createElement(name), { textContent: text });
}

export function showTable(place, chart, name, zone) {
    const table = document.createElement("table");
    const head = table.createTHead().insertRow();
    for (const title of ["Time", ...chart.curves.map((curve) => curve.name)]) {
        head.append(Object.assign(element("th", title), { scope: "col" }));
    }
    const body = table.createTBody();
    chart.times.forEach((at, index) => {
        const row = body.insertRow(0); // The newest comes first.
        row.append(Object.assign(element("th", time(at, zone)), { scope: "row" }));
        for (const { values } of chart.curves) {
            row.append(element("td", write(values[index], name === "latency" ? "seconds" : "rate")));
        }
    });
    place.replaceChildren(chart.times.length ? table : element("p", "There are no numbers yet."));
}

export function showMarks(list, marks, zone) {
    list.hidden = !marks.length;
    list.replaceChildren(
        ...marks.toReversed().map(({ time: at, pod, event }) => {
            const item = element("li", `${pod} ${event} ${time(at, zone)}`);
            item.dataset.event = event;
            return item;
        }),
    );
}

function cell(text) {
    const harmless = /^[=+\-@]/.test(text) ? `'${text}` : text; // A spreadsheet would take it for a formula.
    return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

function asCsv({ times, curves }) {
    const rows = times.map((at, index) => [
        new Date(at * 1000).toISOString(),
        ...curves.map(({ values }) => values[index] ?? ""),
    ]);
    return [["time", ...curves.map(({ name }) => cell(name))], ...rows].map((row) => `${row.join(",")}\r\n`).join("");
}

// With a script, the CSV has what the page shows; without, the link asks the server.
export function offerCsv(link, shown) {
    link.addEventListener("click", (event) => {
        const now = shown();
        if (!now?.chart.times.length) {
            return;
        }
        event.preventDefault();
        const url = URL.createObjectURL(new Blob([asCsv(now.chart)], { type: "text/csv" }));
        Object.assign(document.createElement("a"), {
            href: url,
            download: `homercovilha-${now.name}-${now.range}.csv`,
        }).click();
        setTimeout(() => URL.revokeObjectURL(url), 10_000);
    });
}
