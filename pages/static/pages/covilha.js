// The clock goes on from the server's time. What counts is how long ago the server told it, by
// performance.now(); the visitor's own clock may be wrong. The zone's rules come from Intl, so that a change
// to or from daylight saving time is right while the page stays open.
"use strict";

const element = (id) => document.getElementById(id);
const ABBREVIATIONS = { 0: "WET", 60: "WEST" };
const RETRY_MILLISECONDS = 30_000;

const format = new Intl.DateTimeFormat("en-GB", {
  timeZone: document.body.dataset.zone,
  weekday: "long",
  day: "numeric",
  month: "long",
  year: "numeric",
  timeZoneName: "longOffset",
});

let told = Number(document.body.dataset.epochMilliseconds);
let toldAt = performance.getEntriesByType("navigation")[0]?.responseStart || performance.now();
let wallDifference = Date.now() - performance.now();
let nextQuestion = 0;

const now = () => told + performance.now() - toldAt;

// performance.now() may stand still while the machine sleeps. Then it parts from the visitor's clock, and
// the server is asked again.
async function askAgainAfterSleep() {
  const difference = Date.now() - performance.now();
  if (Math.abs(difference - wallDifference) < 2000 || performance.now() < nextQuestion) return;
  nextQuestion = performance.now() + RETRY_MILLISECONDS;
  try {
    const answer = await fetch(location.pathname, { headers: { Accept: "application/json" }, cache: "no-store" });
    const time = await answer.json();
    told = time.epoch_milliseconds;
    toldAt = performance.now();
    wallDifference = difference;
    show();
  } catch {
    // Offline: the clock goes on from what it knows, and asks later.
  }
}

function localTime(milliseconds) {
  const part = Object.fromEntries(format.formatToParts(milliseconds).map(({ type, value }) => [type, value]));
  const [, sign, hours, minutes] = part.timeZoneName.match(/([+-])(\d\d):(\d\d)/) ?? ["", "+", "00", "00"];
  const offset = Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes));
  return {
    offset,
    offsetText: `${sign}${hours}:${minutes}`,
    date: `${part.weekday} ${part.day} ${part.month} ${part.year}`,
    wall: new Date(milliseconds + offset * 60_000),
  };
}

function show() {
  const milliseconds = now();
  const { offset, offsetText, date, wall } = localTime(milliseconds);
  const iso = wall.toISOString().slice(0, 19);
  element("time").textContent = iso.slice(11);
  element("time").dateTime = iso + offsetText;
  element("date").textContent = date;
  element("offset").textContent = offsetText;
  element("abbreviation").textContent = ABBREVIATIONS[offset] ?? "";
  turn("hour-hand", (wall.getUTCHours() % 12) * 30 + wall.getUTCMinutes() / 2);
  turn("minute-hand", wall.getUTCMinutes() * 6 + wall.getUTCSeconds() / 10);
  turn("second-hand", wall.getUTCSeconds() * 6);
  showSky((milliseconds / 1000) % 86_400);
}

function turn(id, degrees) {
  element(id).setAttribute("transform", `rotate(${degrees})`);
}

function showSky(secondOfUtcDay) {
  let phase = "night";
  for (const name of ["dawn", "day", "dusk", "night"]) {
    if (secondOfUtcDay >= Number(document.body.dataset[name])) phase = name;
  }
  document.body.className = `sky ${phase}`;
}

function tick() {
  show();
  askAgainAfterSleep();
  setTimeout(tick, 1000 - (now() % 1000));
}

tick();
