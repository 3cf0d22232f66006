// How values and times are written.
export const zone = document.getElementById("metrics").dataset.zone;
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const three = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const units = {
  requests: value => whole.format(value),
  "per second": value => `${three.format(value)}/s`,
  seconds: value => (value < 1 ? `${three.format(value * 1000)} ms` : `${three.format(value)} s`),
  percent: value => `${value && value < 0.01 ? "< 0.01" : three.format(value)} %`,
  change: writeChange,
  date: value => time(value, "date"),
  minute: value => time(value),
  words: String,
};

export function write(value, unit = "requests") {
  return value == null ? "–" : units[unit](value);
}

// "▲ 12 %": the direction stands in the sign, not in a colour alone.
export function writeChange(percent) {
  const sign = Math.abs(percent) < 0.5 ? "±" : percent > 0 ? "▲" : "▼";
  return percent == null ? "" : `${sign} ${whole.format(Math.abs(percent))} %`;
}

const [MINUTE, HOUR, DAY] = [60, 3_600, 86_400];

export function duration(seconds) {
  const [length, unit] = seconds < 1.5 * MINUTE ? [1, "s"] : seconds < 1.5 * HOUR ? [MINUTE, "min"] : seconds < 2 * DAY ? [HOUR, "h"] : [DAY, "d"];
  return `${Math.round(seconds / length)} ${unit}`;
}

const day = { day: "numeric", month: "short" };
const minute = { hour: "2-digit", minute: "2-digit" };
const second = { ...minute, second: "2-digit" };
const styles = { date: day, clock: second, minute: { ...day, ...minute }, full: { year: "numeric", ...day, ...second } };

export function time(seconds, style = "minute") {
  const options = { timeZone: zone, ...styles[style] };
  return seconds == null ? "–" : new Date(seconds * 1000).toLocaleString("en-GB", options);
}

// Steps of the time axis in seconds, how they are written, and what is added where the day changes.
const NEW_DAY = "\n{D} {MMM}";
export const TIMES = [
  [DAY, "{D} {MMM}", null, null, null, null, null, null, 1],
  [MINUTE, "{HH}:{mm}", null, null, NEW_DAY, null, null, null, 1],
  [1, "{HH}:{mm}:{ss}", null, null, NEW_DAY, null, null, null, 1],
];
