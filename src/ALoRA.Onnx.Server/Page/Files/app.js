// Puts the parts of the page together.

import { onKeyWanted, setKey } from "./api.js";
import { isBusy, startChat } from "./chat.js";
import { byId } from "./dom.js";
import { startLive } from "./live.js";

const dialog = byId("key-dialog");
let answerKey = null;

// Resolves to whether a key was given.
function askForKey(wasRefused) {
  byId("key-error").textContent = wasRefused ? "The server does not know the key that was sent." : "";
  byId("key").value = "";
  dialog.showModal();
  return new Promise((resolve) => { answerKey = resolve; });
}

function close(isGiven) {
  dialog.close();
  answerKey?.(isGiven);
  answerKey = null;
}

byId("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const key = byId("key").value.trim();
  if (key !== "") {
    setKey(key);
    close(true);
  }
});
byId("key-cancel").addEventListener("click", () => close(false));
dialog.addEventListener("cancel", (event) => {
  event.preventDefault();
  close(false);
});

onKeyWanted(askForKey);
startChat();
const look = startLive(isBusy);
byId("key-button").addEventListener("click", async () => {
  if (await askForKey(false)) {
    look();
  }
});
byId("question").focus();
