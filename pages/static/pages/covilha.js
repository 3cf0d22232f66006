// The clock goes on from the server's time by performance.now(); the visitor's own clock may be wrong. The zone's rules come from Intl, so that a change
// to or from daylight saving time is right while the page stays open.
const element = id => document.getElementById(id);
const ABBREVIATIONS = { 0: "WET", 60: "WEST" };
const RETRY_MILLISECONDS = 30_000;
const NEW_DAY_MILLISECONDS = 60_000;

const format = new Intl.DateTimeFormat("en-GB", {
  timeZone: document.body.dataset.zone,
  weekday: "long",
  day: "numeric",
  month: "long",
  year: "numeric",
  timeZoneName: "longOffset",
});

let serverTime = Number(element("server-time").value);
let receivedAt = performance.getEntriesByType("navigation")[0]?.responseStart || performance.now();
let wallDifference = Date.now() - performance.now();
let day = localTime(serverTime).date;
let nextRequest = 0;
let newDay = false;

const now = () => serverTime + performance.now() - receivedAt;

// performance.now() may stand still while the machine sleeps. Then it parts from the visitor's clock, and the time is
// requested again. A new day has another sunrise: then the page is requested too, within a minute, so that not all
// open pages ask at midnight.
function refreshIfStale() {
  const slept = Math.abs(Date.now() - performance.now() - wallDifference) >= 2000;
  const today = localTime(now()).date;
  if (today !== day) {
    day = today;
    nextRequest = performance.now() + Math.random() * NEW_DAY_MILLISECONDS;
    newDay = true;
  }
  if ((slept || newDay) && performance.now() >= nextRequest) refresh();
}

async function refresh() {
  nextRequest = performance.now() + RETRY_MILLISECONDS;
  try {
    const response = await fetch(location.pathname, { headers: { Accept: "text/html" }, cache: "no-store" });
    const receipt = performance.now();
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    const freshTime = fresh.getElementById("server-time");
    if (!response.ok || !freshTime) return;
    Object.assign(document.body.dataset, fresh.body.dataset);
    for (const id of ["sunrise", "sunset"]) element(id).textContent = fresh.getElementById(id).textContent;
    serverTime = Number(freshTime.value);
    receivedAt = receipt;
    wallDifference = Date.now() - performance.now();
    newDay = false;
    day = localTime(serverTime).date;
    show();
  } catch {
    // Offline: the clock goes on from what it knows, and the next request comes later.
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
    if (secondOfUtcDay >= Number(document.body.dataset[name]) % 86_400) phase = name;
  }
  document.body.className = `sky ${phase}`;
}

function tick() {
  show();
  refreshIfStale();
  setTimeout(tick, 1000 - (now() % 1000));
}

tick();
