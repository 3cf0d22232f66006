// The numbers at a glance, and how numbers and times are written.
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const three = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const NOTHING = "–";

const formats = {
    count: (value) => whole.format(value),
    rate: (value) => `${three.format(value)}/s`,
    seconds: (value) => (value < 1 ? `${three.format(value * 1000)} ms` : `${three.format(value)} s`),
};

export function write(value, format = "count") {
    return value == null ? NOTHING : formats[format](value);
}

export function age(seconds) {
    if (seconds < 90) {
        return `${Math.round(seconds)} s`;
    }
    return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

export function time(seconds, zone, withSeconds = true) {
    const parts = { timeZone: zone, year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" };
    return new Intl.DateTimeFormat("en-GB", { ...parts, ...(withSeconds && { second: "2-digit" }) }).format(seconds * 1000);
}

function share(errors, responses) {
    if (!responses) {
        return NOTHING;
    }
    const percent = (100 * (errors ?? 0)) / responses;
    return `${percent && percent < 0.01 ? "< 0.01" : three.format(percent)} %`;
}

export function showNumbers(root, { numbers, range, kind }, zone) {
    const set = (selector, text) => root.querySelectorAll(selector).forEach((element) => (element.textContent = text));
    for (const element of root.querySelectorAll("[data-number]")) {
        element.textContent = write(numbers[element.dataset.number], element.dataset.format);
    }
    set('[data-number="share"]', share(numbers.errors, numbers.responses));
    set('[data-text="since"]', numbers.since == null ? "" : `since ${time(numbers.since, zone, false)}`);
    set('[data-text="period"]', kind === "replicas" ? "since the replicas started" : `last ${range.label}`);
}
