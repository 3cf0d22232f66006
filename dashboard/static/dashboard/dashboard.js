// The dashboard: asks for the data, shows them, and asks again for as long as somebody looks.
import { Chart } from "./charts.js";
import { age, showNumbers } from "./numbers.js";
import { History } from "./history.js";
import { offerCsv, showMarks, showTable } from "./tables.js";

const PATIENCE = 8000; // Milliseconds; the server itself answers within three seconds.
const AGAIN = 10; // Seconds, after a failure.

const root = document.getElementById("metrics");
const zone = root.dataset.zone;
const verdict = document.getElementById("verdict");
const history_ = new History();
const sections = [...root.querySelectorAll("[data-chart]")].map((section) => ({
    section,
    name: section.dataset.chart,
    chart: new Chart(section, zone),
    table: section.querySelector(".table"),
    details: section.querySelector("details"),
}));

let range = root.dataset.range;
let shown = null; // The data on the page, and when they came.
let timer = 0;
let asking = null;

async function fetchData() {
    const url = `${root.dataset.url}?range=${encodeURIComponent(range)}`;
    const signal = AbortSignal.any([asking.signal, AbortSignal.timeout(PATIENCE)]);
    const response = await fetch(url, { signal, headers: { Accept: "application/json" } });
    if (response.redirected) {
        throw new Error("You are logged out. Load this page again to log in.");
    }
    if (!response.ok) {
        const sentence = response.headers.get("Content-Type")?.startsWith("text/plain") ? await response.text() : "";
        throw new Error(sentence || `The admin site answers HTTP ${response.status}. Its log says why.`);
    }
    return response.json();
}

function explain(error) {
    if (error.name === "TimeoutError") {
        return `The admin site did not answer within ${PATIENCE / 1000} seconds. The next try is under way.`;
    }
    if (error instanceof TypeError) {
        return "The admin site cannot be reached. Check that kubectl port-forward still runs.";
    }
    return error.message;
}

function showVerdict(problems, concerns, nothing = false) {
    const sentences = [...problems, ...concerns];
    const level = problems.length ? "problem" : concerns.length ? "concern" : "good";
    const title = { problem: `${nothing ? "Nothing" : "Not all"} can be shown`, concern: "Have a look", good: "All is well" }[level];
    const text = [title, ...sentences].join("\n");
    if (verdict.dataset.text === text) {
        return; // A screen reader would read it again.
    }
    verdict.dataset.text = text;
    verdict.dataset.level = level;
    const heading = document.createElement("p");
    heading.append(Object.assign(document.createElement("strong"), { textContent: title }));
    verdict.replaceChildren(
        heading,
        ...sentences.map((sentence) => Object.assign(document.createElement("p"), { textContent: sentence })),
    );
}

function show(data) {
    shown = { data, came: performance.now() };
    if (data.snapshot) {
        history_.add(data.at, data.snapshot);
        history_.complete(data);
    }
    data.from ??= data.at - data.range.seconds;
    showVerdict(data.problems, data.concerns, Object.values(data.numbers).every((value) => value == null));
    showNumbers(root, data, zone);
    for (const { section, name, chart, table, details } of sections) {
        chart.show(data.charts[name], data);
        if (details.open) {
            showTable(table, data.charts[name], name, zone);
        }
        section.querySelector(".csv").search = new URLSearchParams({ chart: name, range });
    }
    showMarks(root.querySelector(".marks"), data.marks, zone);
    root.classList.remove("stale");
}

function showAge() {
    const fresh = root.querySelector('[data-text="fresh"]');
    if (shown) {
        const seconds = (performance.now() - shown.came) / 1000;
        const begin = shown.data.kind === "replicas" ? "; the curves begin when this page was opened" : "";
        fresh.textContent = `${shown.data.source}, asked ${age(seconds)} ago${begin}`;
        const scrape = shown.data.numbers.age;
        root.querySelector('[data-text="scrape"]').textContent =
            scrape == null ? "last scrape unknown"
            : shown.data.kind === "replicas" ? `asked ${age(seconds)} ago`
            : `last scrape ${age(scrape + seconds)} ago`;
    }
}

async function load() {
    clearTimeout(timer);
    asking?.abort();
    const mine = (asking = new AbortController());
    root.setAttribute("aria-busy", "true");
    let next = AGAIN;
    try {
        const data = await fetchData();
        if (mine !== asking) {
            return;
        }
        show(data);
        next = data.refresh;
    } catch (error) {
        if (mine !== asking) {
            return; // Somebody asked for something newer.
        }
        root.classList.add("stale");
        showVerdict([explain(error)], []);
    }
    root.setAttribute("aria-busy", "false");
    showAge();
    if (!document.hidden) {
        timer = setTimeout(load, next * 1000);
    }
}

function choose(event) {
    const link = event.target.closest("a[data-range]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) {
        return;
    }
    event.preventDefault();
    range = link.dataset.range;
    window.history.replaceState(null, "", link.href);
    for (const other of root.querySelectorAll("a[data-range]")) {
        other.toggleAttribute("aria-current", false);
    }
    link.setAttribute("aria-current", "true");
    load();
}

root.querySelector(".ranges").addEventListener("click", choose);
for (const { section, name, table, details } of sections) {
    details.addEventListener("toggle", () => details.open && shown && showTable(table, shown.data.charts[name], name, zone));
    offerCsv(section.querySelector(".csv"), () => shown && { chart: shown.data.charts[name], name, range }, zone);
}
document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (!document.hidden) {
        load();
    }
});
setInterval(() => document.hidden || showAge(), 1000);
load();
