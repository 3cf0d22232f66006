// What one chart paints: lines, a band, stacked areas or bars.

// Painted from the highest sum to the lowest, so that each area covers all but its own part.
function stacked(series) {
  let sums = [];
  const layers = series.map(one => {
    sums = one.values.map((value, index) => (value == null ? (sums[index] ?? null) : value + (sums[index] ?? 0)));
    return { ...one, values: sums, filled: true, style: { width: 0 } };
  });
  return layers.reverse();
}

// Each bar begins at its time and ends where the next one begins.
const bars = end => (plot, index, first, last) => {
  const [times, values] = [plot.data[0], plot.data[index]];
  const bottom = plot.valToPos(0, "y", true);
  const fill = new Path2D();
  for (let at = first; at <= last; at += 1) {
    const from = plot.valToPos(times[at], "x", true);
    const width = plot.valToPos(times[at + 1] ?? end, "x", true) - from;
    const top = plot.valToPos(values[at] ?? 0, "y", true);
    fill.rect(from, top, Math.max(width * 0.85, Math.min(width, 1)), bottom - top);
  }
  return { fill, stroke: null };
};

const WIDTHS = { lowest: 0.5, highest: 0.5, median: 1.5 };
const kinds = {
  lines: series => series.map(one => ({ ...one, style: one.previous ? { width: 1, dash: [5, 4] } : { width: 2 } })),
  // The lowest class is the worst one: errors stand on the axis, where small ones can be seen.
  stack: series => stacked(series.toReversed()),
  bars: (series, end) => stacked(series).map(one => ({ ...one, style: { width: 0, paths: bars(end) } })),
  band: series => series.map(one => ({ ...one, style: { width: WIDTHS[one.name] ?? 2.5 } })),
};

export function layersOf(kind, { series }, end) {
  const names = [...new Set(series.map(({ name }) => name))];
  const colour = name => (/^\dxx$|est$|^median$/.test(name) ? `--line-${name}` : `--line-${(names.indexOf(name) % 6) + 1}`);
  return kinds[kind](
    series.map(one => ({ ...one, colour: colour(one.name) })),
    end,
  );
}

// Between the lowest and the highest replica.
export function bandsOf(kind, layers, fill) {
  const edges = ["highest", "lowest"].map(name => layers.findIndex(one => one.name === name) + 1);
  return kind === "band" && edges.every(Boolean) ? [{ series: edges, fill }] : [];
}
