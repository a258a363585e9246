// The adapters: which there are, and what each is asked about in the chat.

import { byId, make, row, setText } from "./dom.js";

const storage = "alora.asked";
const places = [["", "nothing"], ["question", "the question"], ["answer", "the answer"]];
const body = byId("adapters").tBodies[0];
let names = null;
let choices = {};

/** Names of the adapters that are asked about the question or about the answer. */
export const asked = (place) => (names ?? []).filter((name) => choices[name] === place);

/** Shows them; what is chosen stays as long as the names do. */
export function showAdapters(model, adapters) {
  const now = adapters.map((adapter) => adapter.name);
  if (names === null || JSON.stringify(now) !== JSON.stringify(names)) {
    names = now;
    fill(model);
  }

  adapters.forEach((adapter, index) => setText(
    body.rows[index].cells[1], adapter.running ? "running" : adapter.loaded ? "loaded" : "on disk"));
}

function fill(model) {
  const kept = read();
  choices = Object.fromEntries(names.map((name) => [name, kept[name] ?? (name === "certainty" ? "answer" : "")]));
  body.replaceChildren(...names.map((name) => row(make("th", { scope: "row" }, name), "", choiceOf(name))));
  byId("adapters").hidden = names.length === 0;
  byId("no-adapters").hidden = names.length > 0;
  const select = byId("model");
  const chosen = select.value;
  select.replaceChildren(...[model, ...names].map((name) => make("option", { value: name }, name)));
  select.value = names.includes(chosen) ? chosen : model;
}

function choiceOf(name) {
  const select = make("select", {}, ...places.map(([value, text]) => make("option", { value }, text)));
  select.setAttribute("aria-label", `Ask ${name} about`);
  select.value = choices[name];
  select.addEventListener("change", () => {
    choices[name] = select.value;
    sessionStorage.setItem(storage, JSON.stringify(choices));
  });
  return select;
}

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(storage)) ?? {};
  } catch {
    return {};
  }
}
