// The conversation: sends it, shows the answer while it comes, and asks the intrinsics.

import { events, request } from "./api.js";
import { byId } from "./dom.js";
import { asked } from "./adapters.js";
import { AnswerTurn, resultOf, showQuestion, timesOf } from "./turn.js";

const log = byId("log");
const question = byId("question");
let messages = [];
let running = null;

export const isBusy = () => running !== null;

export function startChat() {
  byId("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  question.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      send();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !byId("key-dialog").open) {
      running?.abort();
    }
  });
  byId("stop").addEventListener("click", () => running?.abort());
  byId("clear").addEventListener("click", () => {
    running?.abort();
    messages = [];
    log.replaceChildren();
    tell("A new chat.");
    question.focus();
  });
}

async function send() {
  const text = question.value.trim();
  if (running || text === "") {
    return;
  }

  byId("empty")?.remove();
  question.value = "";
  setRunning(new AbortController());
  showQuestion(log, text);
  const chat = messages;
  chat.push({ role: "user", content: text });
  const turn = new AnswerTurn(log, byId("model").selectedOptions[0]?.textContent ?? "Answer");
  scroll();
  try {
    await answer(turn, chat, running.signal);
  } catch (error) {
    const isStopped = error.name === "AbortError";
    if (chat.at(-1)?.role === "user") {
      // Nothing was said to it: it can be asked again.
      chat.pop();
      if (messages === chat) {
        question.value ||= text;
      }
    }

    turn.addError(isStopped ? "Stopped." : error.message);
    tell(isStopped ? "Stopped." : `It failed: ${error.message}`);
  } finally {
    setRunning(null);
    scroll();
  }
}

async function answer(turn, chat, signal) {
  tell("The answer is coming…");
  const about = withSystem(chat);
  const before = ask(turn, about, "question", signal);
  try {
    const end = await stream(turn, about, chat, signal);
    turn.addStep("answer", end.reason, end.usage);
    tell(`The answer is complete: ${timesOf(end.first, end.total, end.usage?.completion_tokens ?? 0)}.`);
  } finally {
    await before;
  }

  scroll();
  await ask(turn, withSystem(chat), "answer", signal);
}

async function stream(turn, about, chat, signal) {
  const model = byId("model").value;
  const body = { model, messages: about, stream: true, stream_options: { include_usage: true } };
  const most = Number.parseInt(byId("most").value, 10);
  const temperature = Number.parseFloat(byId("temperature").value);
  Object.assign(body, most > 0 ? { max_tokens: most } : {}, temperature >= 0 ? { temperature } : {});
  const started = performance.now();
  const since = () => (performance.now() - started) / 1000;
  const end = { reason: "", usage: null, first: 0, total: 0 };
  let text = "";
  try {
    for await (const chunk of events(await request("v1/chat/completions", { body, signal }))) {
      const choice = chunk.choices[0];
      end.usage = chunk.usage ?? end.usage;
      end.reason = choice?.finish_reason ?? end.reason;
      if (choice?.delta?.reasoning_content) {
        turn.addThought(choice.delta.reasoning_content);
      }

      if (choice?.delta?.content) {
        end.first ||= since();
        text += choice.delta.content;
        turn.addText(choice.delta.content);
        scroll();
      }
    }
  } finally {
    // What was said until it was stopped belongs to the conversation.
    if (text !== "") {
      chat.push({ role: "assistant", content: text });
    }
  }

  end.total = since();
  return end;
}

// All at once, so that they share their prompt; where one can't be asked, each alone, so that the others are.
async function ask(turn, about, place, signal) {
  const names = asked(place);
  if (names.length === 0) {
    return;
  }

  try {
    await askTogether(turn, about, names, signal);
  } catch (error) {
    if (names.length === 1 || error.name === "AbortError") {
      names.forEach((name) => turn.addFailure(name, error.name === "AbortError" ? "stopped" : error.message));
      return;
    }

    for (const name of names) {
      await askTogether(turn, about, [name], signal).catch((alone) => turn.addFailure(name, alone.message));
    }
  }
}

async function askTogether(turn, about, names, signal) {
  const body = { messages: about, intrinsics: names.map((name) => ({ name })) };
  const { results } = await (await request("v1/intrinsics", { body, signal })).json();
  for (const result of results) {
    turn.addStep(result.name, resultOf(result), result.usage);
  }
}

function withSystem(chat) {
  const system = byId("system").value.trim();
  return system === "" ? [...chat] : [{ role: "system", content: system }, ...chat];
}

// Screen readers hear the whole answer when it is complete, not each token.
function setRunning(controller) {
  running = controller;
  log.setAttribute("aria-busy", String(controller !== null));
  byId("stop").disabled = controller === null;
  byId("send").disabled = controller !== null;
}

function tell(text) {
  byId("status").textContent = text;
}

function scroll() {
  log.scrollTop = log.scrollHeight;
}
