// The dashboard: loads the data that the page's address asks for, shows them, and loads them again while someone looks.
import { Chart } from "./charts.js";
import { compare, showEvents } from "./events.js";
import { duration, time } from "./format.js";
import { showHealth, showStats } from "./health.js";
import { replicaTable, showAnswers, showChartTable } from "./tables.js";

const [TIMEOUT, HEALTH] = [8000, 5000]; // Milliseconds for a response, and between two requests for the health.
const [RETRY, SHORTEST] = [10, 61]; // Seconds until the next try, and of a range.
const FAILURES = {
  TimeoutError: `The admin site did not respond within ${TIMEOUT / 1000} seconds. Retrying.`,
  TypeError: "The admin site cannot be reached. Check that kubectl port-forward still runs.",
};
const LAST_RANGE = "homercovilha.range";
const KINDS = { requests: "lines", counts: "bars", answers: "stack", latency: "lines", replicas: "band" };

const root = document.getElementById("metrics");
const find = selector => root.querySelector(selector);
const pressed = name => find(`[data-toggle=${name}]`).ariaPressed === "true";
const zoom = (from, to) => go({ range: null, from: Math.min(from, to - SHORTEST), to });
const pick = event => compare(find("dialog"), event, get(`${root.dataset.compare}?from=${event.start}&to=${event.end}`));
const charts = [...root.querySelectorAll(".chart")].map(section => new Chart(section, { zoom, pick }));
const showReplicas = replicaTable(find(".replicas .table"), pod => go({ pod }));

let data = null; // The last good ones, and when they were received.
let receivedAt = 0;
let loading = null;
let [loadAt, healthAt] = [0, 0]; // When the next requests are due.

// Change the parameters of the page's address; null removes one.
function go(changes) {
  const parameters = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) value === null ? parameters.delete(name) : parameters.set(name, value);
  history.pushState(null, "", `?${parameters}`);
  load();
}

// Return what the server sent, or a sentence that says why it did not.
async function get(url) {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT) }).catch(({ name }) => ({ problem: FAILURES[name] ?? name }));
  if (response.ok && !response.redirected) {
    return response.json();
  }
  const plain = response.headers?.get("Content-Type")?.startsWith("text/plain") && (await response.text());
  const problem = response.redirected ? "You are logged out. Reload this page to log in." : (response.problem ?? plain);
  const problems = [problem || `The admin site returned HTTP ${response.status}. Its log says why.`];
  return { source: { available: false }, refresh: RETRY, problems };
}

async function load() {
  const mine = {};
  loading = mine;
  [loadAt, healthAt] = [Infinity, Infinity];
  root.ariaBusy = "true";
  const received = await get(root.dataset.url + location.search);
  if (mine !== loading) return; // Something newer is being loaded.
  [loadAt, healthAt] = [1000 * received.refresh, HEALTH].map(wait => performance.now() + wait);
  received.source.available ? show(received) : showStale(received.problems);
  root.ariaBusy = "false";
  tick();
}

// The health does not wait for the range's data, which may be due in minutes.
async function watch() {
  healthAt = Infinity;
  const { source, health, problems } = await get(root.dataset.health);
  healthAt = performance.now() + HEALTH;
  if (!source.available) {
    showStale(problems);
  } else if (root.classList.contains("stale")) {
    load();
  } else {
    showHealth(find(".health"), health, data.problems);
  }
}

function tick() {
  if (document.hidden) return;
  const now = performance.now();
  if (data) {
    const words = pressed("pause") ? "Paused, updated" : "Updated";
    find('[data-text="age"]').textContent = `${words} ${duration((now - receivedAt) / 1000)} ago from ${data.source.name}`;
  }
  if (now >= loadAt && !pressed("pause")) {
    load();
  } else if (now >= healthAt) {
    watch();
  }
}

// Keep what is on the page, and say how old it is.
function showStale(problems) {
  root.classList.add("stale");
  const title = data ? `No new data: shown as of ${time(data.at, "clock")}` : "No data";
  const checks = (data?.health.checks ?? []).map(one => ({ ...one, state: "unknown", sentence: "" }));
  showHealth(find(".health"), { state: "unknown", title, checks }, problems);
}

function show(received) {
  [data, receivedAt] = [received, performance.now()];
  const { range } = data;
  root.classList.remove("stale");
  showHealth(find(".health"), data.health, data.problems);
  showStats(root, data);
  charts.forEach(showChart);
  showAnswers(find(".answers"), find(".exceptions"), data);
  showReplicas(data.replicas, new URLSearchParams(location.search).get("pod"), data.at);
  showEvents(find(".events"), data.events, pick);
  for (const link of root.querySelectorAll("[data-way]")) {
    const query = range[link.dataset.way];
    link.toggleAttribute("href", query !== null);
    link.search = query ?? "";
  }
  for (const link of root.querySelectorAll("[data-range]")) {
    const chosen = link.search === `?${range.query}`;
    if (chosen && !link.ariaCurrent) {
      link.parentElement.scrollLeft = link.offsetLeft - link.parentElement.clientWidth / 2;
    }
    link.ariaCurrent = chosen ? "true" : null;
  }
  find("[data-json]").search = location.search;
  range.name !== "custom" && localStorage.setItem(LAST_RANGE, range.query);
}

function showChart(chart) {
  const name = chart.name === "requests" && pressed("counts") ? "counts" : chart.name;
  const { series, ...shown } = data.charts[name];
  shown.series = series.filter(one => (one.previous ? pressed("before") : name !== "answers" || one.values.some(Boolean)));
  chart.show(KINDS[name], shown, data.range, data.events);
  chart.section.querySelector("[data-csv]").search = `chart=${name}&${location.search.slice(1)}`;
  showChartTable(chart.section.querySelector("details"), shown);
}

root.addEventListener("click", event => {
  const link = event.target.closest(".ranges a");
  const toggle = event.target.closest("[data-toggle]");
  if (link?.search && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    go({ range: null, from: null, to: null, ...Object.fromEntries(new URLSearchParams(link.search)) });
  } else if (toggle) {
    toggle.ariaPressed = toggle.ariaPressed !== "true";
    data && charts.forEach(showChart);
  }
});
root.addEventListener("toggle", () => data && charts.forEach(showChart), true);
window.addEventListener("popstate", load);
document.addEventListener("visibilitychange", tick);
setInterval(tick, 1000);
if (!location.search) {
  history.replaceState(null, "", `?${localStorage.getItem(LAST_RANGE) ?? root.dataset.query}${location.hash}`);
}
load();
