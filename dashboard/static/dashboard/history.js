// Curves out of snapshots of the replicas' counters, for as long as the page is open.
const MOST_SNAPSHOTS = 600;
const NOW = 120; // Seconds that "now" is the mean of, as with Prometheus.
const PAGES = ["homersimpson", "covilha"];
const QUANTILES = { p50: 0.5, p95: 0.95, p99: 0.99 };

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

// As Prometheus' histogram_quantile: linear within a bucket, the last bound for what lies beyond it.
export function quantile(share, buckets) {
    const bounds = Object.entries(buckets).map(([le, count]) => [le === "+Inf" ? Infinity : Number(le), count]);
    bounds.sort((a, b) => a[0] - b[0]);
    const all = bounds.at(-1)?.[1];
    if (!all) {
        return null;
    }
    let [low, below] = [0, 0];
    for (const [high, count] of bounds) {
        if (count >= share * all) {
            return high === Infinity ? low : low + ((high - low) * (share * all - below)) / (count - below);
        }
        [low, below] = [high, count];
    }
    return null;
}

// How much one pod's counters rose since they were last seen, or since they began. What fell began again at 0.
function rise(before, after) {
    const since = (now, then = 0) => (now < then ? now : now - then);
    const buckets = Object.fromEntries(
        Object.entries(after.buckets).map(([le, count]) => [le, since(count, before?.buckets[le])]),
    );
    return { buckets, ...Object.fromEntries(PAGES.map((page) => [page, since(after[page], before?.[page])])) };
}

function addBuckets(rises) {
    const total = {};
    for (const { buckets } of rises) {
        for (const [le, count] of Object.entries(buckets)) {
            total[le] = (total[le] ?? 0) + count;
        }
    }
    return total;
}

export class History {
    #snapshots = [];

    add(time, pods) {
        if (!Object.keys(pods).length) {
            return; // Nobody answered: a gap.
        }
        this.#snapshots.push({ time, pods });
        if (this.#snapshots.length > MOST_SNAPSHOTS) {
            // Counters only rise, so leaving out every second snapshot loses fineness and no request.
            this.#snapshots = this.#snapshots.filter((_, index) => index % 2 === 0 || index > MOST_SNAPSHOTS / 2);
        }
    }

    // Put what the snapshots tell into data that the server could not fill.
    complete(data) {
        if (!this.#snapshots.length) {
            return;
        }
        data.from = Math.max(data.at - data.range.seconds, this.#snapshots[0].time);
        const points = this.#points(this.#snapshots);
        const inRange = points.filter(({ time }) => time >= data.from);
        const times = inRange.map(({ time }) => time);
        const chart = (curves) => ({ times, curves: times.length ? curves : [] });
        const curve = (name, value) => ({ name, values: inRange.map(value) });
        const all = ({ rises, seconds }, page) => sum([...rises.values()].map((one) => one[page])) / seconds;
        const pods = [...new Set(inRange.flatMap(({ rises }) => [...rises.keys()]))].sort();
        data.charts.requests = chart(PAGES.map((page) => curve(page, (point) => all(point, page))));
        data.charts.latency = chart(
            Object.entries(QUANTILES).map(([name, share]) =>
                curve(name, ({ rises }) => quantile(share, addBuckets([...rises.values()]))),
            ),
        );
        data.charts.replicas = chart(
            pods.map((pod) =>
                curve(pod, ({ rises, seconds }) =>
                    rises.has(pod) ? sum(PAGES.map((page) => rises.get(pod)[page])) / seconds : null,
                ),
            ),
        );
        data.marks = this.#marks();

        const lately = this.#snapshots.filter(({ time }) => time >= data.at - NOW);
        const [now] = this.#points([lately[0], lately.at(-1)]);
        for (const page of PAGES) {
            data.numbers[`per_second.${page}`] = now ? all(now, page) : null;
        }
        for (const [name, share] of Object.entries(QUANTILES)) {
            data.numbers[`latency.${name}`] = now ? quantile(share, addBuckets([...now.rises.values()])) : null;
        }
    }

    #points(snapshots) {
        const last = { ...snapshots[0].pods };
        return snapshots.slice(1).flatMap(({ time, pods }, index) => {
            const seconds = time - snapshots[index].time;
            // Who is seen for the first time, but is older, has an unknown rise.
            const known = Object.entries(pods).filter(([pod, { created }]) => pod in last || created > snapshots[index].time);
            const rises = new Map(known.map(([pod, counters]) => [pod, rise(last[pod], counters)]));
            Object.assign(last, pods);
            return seconds > 0 ? [{ time, seconds, rises }] : [];
        });
    }

    #marks() {
        const seen = new Map(); // By pod: when it was created, and when it was last seen.
        for (const { time, pods } of this.#snapshots) {
            for (const [pod, { created }] of Object.entries(pods)) {
                seen.set(pod, { ...(seen.get(pod) ?? { created }), last: time });
            }
        }
        const [first, last] = [this.#snapshots[0].time, this.#snapshots.at(-1).time];
        const marks = [...seen].flatMap(([pod, one]) => [
            ...(one.created > first ? [{ time: one.created, pod, event: "started" }] : []),
            ...(one.last < last ? [{ time: one.last, pod, event: "went" }] : []),
        ]);
        return marks.sort((a, b) => a.time - b.time);
    }
}
