// One chart: drawn in the colours of the admin's theme, read by pointer, touch or arrow keys, zoomed by dragging.
import { element } from "./elements.js";
import { drawEvents } from "./events.js";
import { TIMES, time, write, zone } from "./format.js";
import { bandsOf, layersOf } from "./layers.js";

const LEAST_DRAG = 8; // Pixels.

export class Chart {
  #plot = null;
  #shown = null;
  #anchor = null; // Where a selection by keyboard began, in pixels.
  #touched = false; // Whether the last touch was here.
  #size = () => ({ width: this.place.clientWidth, height: this.place.clientHeight });
  #point = left => this.#plot?.setCursor({ left, top: 0 }, true, true);
  #select = (left, width) => this.#plot.setSelect({ left, width, top: 0, height: this.#plot.over.clientHeight }, false);

  // `zoom(from, to)` gets seconds, `pick(event)` an event whose flag was pressed.
  constructor(section, { zoom, pick }) {
    Object.assign(this, { section, zoom, pick, name: section.id });
    [this.legend, this.place, this.flags, this.at] = section.querySelectorAll(".legend, .plot, .flags, .at");
    new ResizeObserver(() => this.#plot?.setSize(this.#size())).observe(this.place);
    const again = () => this.#shown && this.#draw();
    new MutationObserver(again).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
    this.place.addEventListener("keydown", event => this.#press(event));
    document.addEventListener("pointerdown", ({ pointerType, target }) => {
      const touched = pointerType === "touch" && this.place.contains(target);
      if (this.#touched && !touched) this.#point(-1);
      this.#touched = touched;
    });
  }

  show(kind, chart, range, events) {
    const layers = layersOf(kind, chart, range.end);
    const shape = JSON.stringify([kind, !chart.times.length, layers.map(({ name, previous }) => [name, previous])]);
    const same = this.#plot && this.#shown.shape === shape;
    const lines = [chart.times, ...layers.map(({ values }) => values)];
    this.#shown = { kind, chart, range, events, layers, lines, shape };
    if (!same) {
      this.#draw();
    } else if (this.#plot.select.width === 0) {
      this.#plot.setData(lines); // Not while someone selects.
      this.#read();
    }
  }

  #draw() {
    this.#plot?.destroy();
    this.#plot = null;
    const { kind, chart, layers, lines } = this.#shown;
    const empty = !chart.times.length || !layers.length;
    this.place.toggleAttribute("data-empty", empty);
    for (const place of [this.flags, this.legend, this.at]) place.replaceChildren();
    if (empty) {
      this.place.ariaValueText = "No data in this range";
      return;
    }
    // A canvas does not know light-dark(): an unused colour of an element resolves it.
    const style = getComputedStyle(this.place);
    const resolve = name => this.place.style.setProperty("caret-color", `var(${name})`);
    const colourOf = name => resolve(name) ?? style.caretColor;
    const axis = {
      stroke: colourOf("--body-quiet-color"),
      grid: { stroke: colourOf("--hairline-color"), width: 1 },
      ticks: { show: false },
      font: "12px system-ui, sans-serif",
    };
    const series = layers.map(({ colour, filled, style: how }) => ({
      stroke: colourOf(colour),
      fill: filled && colourOf(colour),
      points: filled ? { show: false } : { size: 4 },
      ...how,
    }));
    const options = {
      ...this.#size(),
      padding: [22, 12, 0, 0],
      tzDate: seconds => uPlot.tzDate(new Date(seconds * 1000), zone),
      legend: { show: false },
      scales: {
        x: { range: () => [this.#shown.range.start, this.#shown.range.end] },
        y: { range: (_, __, most) => [0, most > 0 ? most * 1.05 : 1] },
      },
      series: [{}, ...series],
      bands: bandsOf(kind, layers, colourOf("--band")),
      axes: [
        { ...axis, size: 38, values: TIMES },
        { ...axis, size: 60, values: (_, ticks) => ticks.map(tick => write(tick, chart.unit)) },
      ],
      cursor: {
        y: false,
        drag: { setScale: false, dist: LEAST_DRAG },
        // After a tap the browser may say that the mouse, which rests elsewhere, has left.
        bind: { mouseleave: (_, __, leave) => event => this.#touched || leave(event) },
        // The other charts follow the pointer, and are not dragged with this one.
        sync: { key: "metrics", scales: ["x", null], filters: { pub: type => /mousemove|mouseleave/.test(type) } },
      },
      hooks: {
        draw: [plot => drawEvents(plot, this.#shown, this.flags, axis.stroke, this.pick)],
        setCursor: [() => this.#read()],
        setSelect: [({ select }) => select.width >= LEAST_DRAG && this.#zoomTo(select)],
      },
    };
    this.#plot = new uPlot(options, lines, this.place);
    this.#plot.over.addEventListener("pointermove", ({ pointerType, offsetX }) => {
      this.#touched &&= pointerType === "touch";
      if (this.#touched) this.#point(offsetX);
    });
    this.#read();
  }

  #zoomTo({ left, width }) {
    const [from, to] = [left, left + width].map(x => Math.round(this.#plot.posToVal(x, "x")));
    this.#anchor = null;
    this.#select(0, 0);
    this.zoom(from, to);
  }

  // The index of the values under the pointer; of the newest if nobody points at any.
  #index() {
    const { cursor } = this.#plot;
    const { chart, kind } = this.#shown;
    if (cursor.idx == null || cursor.left < 0) {
      return chart.times.length - 1;
    }
    const next = kind === "bars" && this.#plot.posToVal(cursor.left, "x") < chart.times[cursor.idx];
    return Math.max(0, cursor.idx - next);
  }

  #read() {
    if (!this.#plot) return;
    const { chart, layers } = this.#shown;
    const index = this.#index();
    const shown = chart.series.filter(({ previous }) => !previous);
    const entries = shown.map(({ name, values }) => {
      const swatch = element("i");
      swatch.style.background = `var(${layers.find(one => one.name === name).colour})`;
      return element("li", {}, swatch, `${name} `, element("b", {}, write(values[index], chart.unit)));
    });
    this.legend.replaceChildren(...entries);
    this.at.textContent = time(chart.times[index]);
    const words = [this.at, ...entries].map(({ textContent }) => textContent).join(", ");
    Object.assign(this.place, { ariaValueMax: chart.times.length - 1, ariaValueNow: index, ariaValueText: words });
  }

  // Arrow keys move through the values; with Shift they select what Enter then zooms to.
  #press(event) {
    if (!this.#plot || event.ctrlKey || event.altKey || event.metaKey) return;
    const left = index => this.#plot.valToPos(this.#shown.chart.times[index], "x");
    const [now, last] = [this.#index(), this.#shown.chart.times.length - 1];
    const next = { ArrowLeft: Math.max(0, now - 1), ArrowRight: Math.min(last, now + 1), Home: 0, End: last }[event.key];
    if (next !== undefined) {
      this.#anchor = event.shiftKey ? (this.#anchor ?? left(now)) : null;
      const from = this.#anchor ?? left(next);
      this.#point(left(next));
      this.#select(Math.min(from, left(next)), Math.abs(from - left(next)));
      event.preventDefault();
    } else if (event.key === "Enter" && this.#anchor !== null) {
      this.#zoomTo(this.#plot.select);
    }
  }
}
