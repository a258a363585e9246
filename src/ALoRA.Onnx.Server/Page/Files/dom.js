// Elements without markup: whatever comes from the server or the keyboard is text.

export const byId = (id) => document.getElementById(id);

/** An element with properties and children, which are elements or text. */
export function make(name, properties, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

const svgSpace = "http://www.w3.org/2000/svg";

/** An element of a drawing with attributes. */
export function draw(name, attributes, ...children) {
  const element = document.createElementNS(svgSpace, name);
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, value);
  }

  element.append(...children);
  return element;
}

/** Sets text only where it changes, so that nothing that is looked at or selected is replaced by the same. */
export function setText(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

const numbers = new Intl.NumberFormat("en");

export const count = (value) => numbers.format(value);

export const seconds = (value) => (value < 10 ? `${value.toFixed(2)} s` : `${Math.round(value)} s`);

/** Cells of a table's row: texts, numbers or elements. */
export function row(...cells) {
  return make("tr", {}, ...cells.map((cell) => (cell instanceof Element && cell.matches("td, th")
    ? cell
    : make("td", { className: typeof cell === "number" ? "number" : "" }, typeof cell === "number" ? count(cell) : cell))));
}
