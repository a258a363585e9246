// What the engine does now: asked again and again, more often while it works, never while nobody looks.

import { request } from "./api.js";
import { showAdapters } from "./adapters.js";
import { byId, count, draw, make, row, setText } from "./dom.js";

const busyTime = 300;
const idleTime = 2000;
const stepWidth = 4;
const height = 60;

export function startLive(isBusy) {
  let timer = 0;
  const look = async () => {
    clearTimeout(timer);
    if (document.hidden) {
      return;
    }

    let time = idleTime;
    try {
      const state = await (await request("v1/engine")).json();
      show(state);
      time = isBusy() || state.running + state.waiting > 0 ? busyTime : idleTime;
    } catch (error) {
      setText(byId("about"), error.status === 401 ? "A key is needed." : `The server can't be reached: ${error.message}`);

      // Whoever closed the dialog is not asked again until a message is sent or the button pressed.
      if (error.status === 401) {
        return;
      }
    }

    clearTimeout(timer);
    timer = setTimeout(look, time);
  };
  document.addEventListener("visibilitychange", look);
  byId("metrics").addEventListener("toggle", showMetrics);
  look();
  return look;
}

function show(state) {
  setText(byId("about"), `${state.model} · ${state.provider} · version ${state.version}${state.ready ? "" : " · stopping"}`);
  showBatch(state);
  showSteps(state.last_steps);
  showAdapters(state.model, state.adapters);
  showFigures(state);
  if (byId("metrics").open) {
    showMetrics();
  }
}

function showBatch(state) {
  setText(byId("batch-summary"),
    `${state.running} of ${state.max_rows} places taken, ${state.waiting} waiting, ${state.kept_prompts} prompts kept in the cache.`);
  const doing = { waiting: "waits", prompt: "reads its prompt", answer: "answers" };
  const rows = state.requests.map((one) => row(
    make("th", { scope: "row" }, `${one.id}`), one.adapter ?? "(base)", doing[one.phase] ?? one.phase,
    one.cached_tokens, one.rows, one.generated_tokens));
  byId("batch").tBodies[0].replaceChildren(
    ...(rows.length > 0 ? rows : [row(make("td", { colSpan: 6, className: "hint" }, "Nothing runs."))]));
}

function showSteps(steps) {
  const last = steps.at(-1);
  setText(byId("steps-summary"), last
    ? `Step ${count(last.number)}: rows of answers ${last.rows}, tokens of a prompt computed ${last.prompt_tokens}, `
      + `found in the cache ${last.cached_tokens}; ${last.milliseconds} ms.`
    : "None yet.");

  // A prompt has hundreds of tokens and a step a few rows: roots, so that both are seen.
  const total = (step) => step.rows + step.prompt_tokens + step.cached_tokens;
  const most = Math.sqrt(Math.max(1, ...steps.map(total)));
  byId("steps").replaceChildren(...steps.flatMap((step, index) => {
    const all = total(step);
    const scale = all === 0 ? 0 : (Math.sqrt(all) / most) * height / all;
    let y = height;
    return [["rows", step.rows], ["computed", step.prompt_tokens], ["cached", step.cached_tokens]].map(([kind, value]) => {
      y -= value * scale;
      return draw("rect", { class: kind, x: index * stepWidth, y, width: stepWidth - 1, height: value * scale });
    });
  }));
}

function showFigures(state) {
  const hits = state.prompt_tokens === 0 ? "" : ` (${Math.round((100 * state.cached_tokens) / state.prompt_tokens)} %)`;
  const figures = [
    ["Cache in use", `${(100 * state.cache_usage).toFixed(1)} %`],
    ["Tokens of prompts", count(state.prompt_tokens)],
    ["of them cached", `${count(state.cached_tokens)}${hits}`],
    ["Generated", count(state.generated_tokens)],
    ["Steps", count(state.steps)],
    ["Ended well", count(state.finished)],
    ["Cancelled", count(state.cancelled)],
    ["Failed", count(state.failed)],
    ["Gave way", count(state.preemptions)],
  ];
  const list = byId("figures");
  if (list.children.length === 0) {
    list.append(...figures.map(([name]) => make("div", {}, make("dt", {}, name), make("dd"))));
  }

  figures.forEach(([, text], index) => setText(list.children[index].lastChild, text));
}

async function showMetrics() {
  const place = byId("metrics").querySelector("pre");
  if (byId("metrics").open) {
    try {
      setText(place, await (await request("metrics", { asks: false })).text());
    } catch (error) {
      setText(place, error.message);
    }
  }
}
