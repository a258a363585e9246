// One answer in the conversation: its text, and a table of what it and its intrinsics took and said.

import { draw, make, row, seconds } from "./dom.js";

/** Adds a message of the user. */
export function showQuestion(log, text) {
  log.append(make("article", { className: "turn mine" },
    make("h3", {}, "You"), make("div", { className: "text" }, text)));
}

/** Adds an answer, which is filled while it comes. */
export class AnswerTurn {
  constructor(log, name) {
    this.text = make("div", { className: "text" });
    this.thoughts = make("div", { className: "text thoughts" });
    this.body = make("tbody");
    this.took = make("div", { className: "took", hidden: true, tabIndex: 0 }, make("table", {},
      make("caption", { className: "hint" }, "Tokens of each step: found in the cache, computed, and new ones"),
      make("thead", {}, make("tr", {},
        ...["Step", "Result"].map((title) => make("th", { scope: "col" }, title)),
        ...["Cached", "Computed", "New"].map((title) => make("th", { scope: "col", className: "number" }, title)),
        make("th", { scope: "col" }, "Share"))),
      this.body));
    this.took.setAttribute("role", "group");
    this.took.setAttribute("aria-label", "What this answer took");
    this.element = make("article", { className: "turn" }, make("h3", {}, name),
      make("div", { className: "parts" }, make("div", {}, this.thoughts, this.text), this.took));
    log.append(this.element);
  }

  addText(text) {
    this.text.append(text);
  }

  addThought(text) {
    this.thoughts.append(text);
  }

  /** Adds a step: the answer itself or an intrinsic. */
  addStep(name, result, usage) {
    this.took.hidden = false;
    const title = make("th", { scope: "row" }, name);
    const said = make("td", { className: "result" }, result);
    if (!usage) {
      this.body.append(row(title, said, "", "", "", ""));
      return;
    }

    const cached = usage.prompt_tokens_details?.cached_tokens ?? 0;
    const computed = usage.prompt_tokens - cached;
    this.body.append(row(title, said, cached, computed, usage.completion_tokens, share(cached, computed)));
  }

  /** Adds a step that failed. */
  addFailure(name, message) {
    this.took.hidden = false;
    this.body.append(row(make("th", { scope: "row" }, name), make("td", { className: "result error", colSpan: 5 }, message)));
  }

  addError(message) {
    this.element.append(make("p", { className: "error" }, message));
  }
}

/** How long an answer took, in words. */
export function timesOf(first, total, tokens) {
  const rate = tokens > 1 && total > first ? `, ${((tokens - 1) / (total - first)).toFixed(1)} tokens a second` : "";
  return `first token after ${seconds(first)}${rate}`;
}

/** What an intrinsic says: its value if it has one, else its text. */
export function resultOf(result) {
  const value = result.value === undefined ? result.text.trim() : result.value;
  if (value === null || typeof value !== "object") {
    return String(value);
  }

  const entries = Object.entries(value);
  return !Array.isArray(value) && entries.every(([, one]) => one === null || typeof one !== "object")
    ? entries.map(([name, one]) => `${name}: ${one}`).join(", ")
    : JSON.stringify(value, null, 1);
}

function share(cached, computed) {
  const part = cached + computed === 0 ? 0 : (100 * cached) / (cached + computed);
  const drawing = draw("svg", { class: "share", viewBox: "0 0 100 10", preserveAspectRatio: "none", role: "img" },
    draw("rect", { class: "cached", x: 0, width: part, height: 10 }),
    draw("rect", { class: "computed", x: part, width: 100 - part, height: 10 }));
  drawing.setAttribute("aria-label", `${Math.round(part)} % of the prompt's tokens were in the cache`);
  return make("td", {}, drawing);
}
