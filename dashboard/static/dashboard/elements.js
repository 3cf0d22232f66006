// Small pieces of the page: elements, tables, sparklines.

export function element(name, { dataset, ...properties } = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  Object.assign(made.dataset, dataset);
  made.append(...children);
  return made;
}

// Replace what is in `place`, and keep the focus on the control with the same data-key.
export function replace(place, ...children) {
  const key = place.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  place.replaceChildren(...children);
  if (key !== undefined) {
    place.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
  }
}

// The head's cells are elements, or words.
export function table(titles, rows) {
  const cells = titles.map(title => (title instanceof Element ? title : element("th", { scope: "col" }, title)));
  return element("table", {}, element("thead", {}, element("tr", {}, ...cells)), element("tbody", {}, ...rows));
}

export function row(header, ...cells) {
  return element("tr", {}, element("th", { scope: "row" }, header), ...cells.map(cell => element("td", {}, cell)));
}

export function sparkline(values) {
  const [svg, path] = ["svg", "path"].map(name => document.createElementNS("http://www.w3.org/2000/svg", name));
  const most = Math.max(...values) || 1;
  const point = (value, index) => `${values[index - 1] == null ? "M" : "L"}${index} ${1 - value / most}`;
  path.setAttribute("d", values.map((value, index) => (value == null ? "" : point(value, index))).join(""));
  svg.setAttribute("viewBox", `0 0 ${Math.max(1, values.length - 1)} 1`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("class", "sparkline");
  svg.ariaHidden = "true";
  svg.append(path);
  return svg;
}
