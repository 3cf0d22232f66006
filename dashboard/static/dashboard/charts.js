// One chart: lines over time, marks where replicas started or went, in the colours of the admin's theme.
import { write } from "./numbers.js";

/* global uPlot */
const HEIGHT = 220;
const dark = window.matchMedia("(prefers-color-scheme: dark)");

export class Chart {
    #plot = null;
    #shown = null;

    constructor(section, zone) {
        this.section = section;
        this.zone = zone;
        this.place = section.querySelector(".plot");
        this.format = section.dataset.chart === "latency" ? "seconds" : "rate";
        new ResizeObserver(() => this.#plot?.setSize(this.#size())).observe(this.place);
        const again = () => this.#shown && this.#draw();
        new MutationObserver(again).observe(document.documentElement, { attributeFilter: ["data-theme"] });
        dark.addEventListener("change", again);
    }

    show(chart, { from, at, marks }) {
        const names = (shown) => shown?.chart.curves.map((curve) => curve.name).join("\n");
        const same = names(this.#shown) === names({ chart });
        this.#shown = { chart, from, at, marks };
        if (same && this.#plot) {
            this.#plot.setData(this.#data());
            this.#rest();
        } else {
            this.#draw();
        }
    }

    #data() {
        const { times, curves } = this.#shown.chart;
        return [times, ...curves.map((curve) => curve.values)];
    }

    #size() {
        return { width: this.place.clientWidth, height: HEIGHT };
    }

    #colour(name) {
        return getComputedStyle(this.section).getPropertyValue(name).trim();
    }

    #draw() {
        this.#plot?.destroy();
        this.#plot = null;
        const { curves } = this.#shown.chart;
        if (!curves.length) {
            return;
        }
        const axis = {
            stroke: this.#colour("--body-quiet-color"),
            grid: { stroke: this.#colour("--hairline-color"), width: 1 },
            ticks: { show: false },
            font: "12px system-ui, sans-serif",
        };
        const line = ({ name }, index) => ({
            label: name,
            stroke: this.#colour(`--line-${(index % 10) + 1}`),
            width: 2,
            points: { size: 4 },
            value: (_, value) => write(value, this.format),
        });
        this.#plot = new uPlot(
            {
                ...this.#size(),
                tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), this.zone),
                scales: {
                    x: { range: () => [this.#shown.from, this.#shown.at] },
                    y: { range: (_, __, most) => [0, most > 0 ? most * 1.1 : 1] },
                },
                series: [{ label: "Time", value: "{YYYY}-{MM}-{DD} {HH}:{mm}:{ss}" }, ...curves.map(line)],
                axes: [
                    { ...axis, values: TIMES },
                    { ...axis, size: 70, values: (_, ticks) => ticks.map((tick) => write(tick, this.format)) },
                ],
                cursor: { sync: { key: "metrics" }, drag: { x: false, y: false } },
                hooks: { draw: [(plot) => this.#drawMarks(plot)], setCursor: [() => this.#rest()] },
            },
            this.#data(),
            this.place,
        );
        const title = this.section.querySelector("h2").textContent;
        const canvas = this.place.querySelector("canvas");
        canvas.setAttribute("role", "img");
        canvas.setAttribute("aria-label", `${title}: ${curves.map((curve) => curve.name).join(", ")}; the table has the numbers`);
        this.#rest();
    }

    // Where nobody points at a time, the legend tells the newest numbers.
    #rest() {
        if (this.#plot && this.#plot.cursor.idx == null) {
            this.#plot.setLegend({ idx: this.#shown.chart.times.length - 1 }, false);
        }
    }

    #drawMarks({ ctx, bbox, valToPos }) {
        ctx.save();
        ctx.setLineDash([4, 4]);
        ctx.lineWidth = devicePixelRatio;
        for (const { time, event } of this.#shown.marks.filter((mark) => mark.time >= this.#shown.from)) {
            const x = Math.round(valToPos(time, "x", true));
            const size = 5 * devicePixelRatio;
            // Up at the top for a start, down at the bottom for an end: a replacement shows both.
            const bottom = bbox.top + bbox.height;
            const [base, tip] = event === "started" ? [bbox.top + size * 2, bbox.top] : [bottom - size * 2, bottom];
            ctx.strokeStyle = ctx.fillStyle = this.#colour(`--${event}`);
            ctx.beginPath();
            ctx.moveTo(x, bbox.top);
            ctx.lineTo(x, bottom);
            ctx.stroke();
            ctx.beginPath();
            ctx.moveTo(x - size, base);
            ctx.lineTo(x + size, base);
            ctx.lineTo(x, tip);
            ctx.fill();
        }
        ctx.restore();
    }
}

// Steps of the time axis in seconds, how they are written, and what is added where the day changes.
const DATE = "\n{D} {MMM}";
const TIMES = [
    [86_400, "{D} {MMM}", null, null, null, null, null, null, 1],
    [60, "{HH}:{mm}", null, null, DATE, null, null, null, 1],
    [1, "{HH}:{mm}:{ss}", null, null, DATE, null, null, null, 1],
];
