// The server's API: with the key of this tab, and asking for one when the server wants it.

const storage = "alora.key";
let askForKey = async () => false;
let asking = null;

export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Says how a key is asked for: a function that is told whether one was refused and resolves to whether there is another one now. */
export function onKeyWanted(ask) {
  askForKey = ask;
}

export function setKey(key) {
  if (key) {
    sessionStorage.setItem(storage, key);
  } else {
    sessionStorage.removeItem(storage);
  }
}

/** Sends a request; the answer is a Response with status 200, or an ApiError is thrown. */
export async function request(path, { body, signal, asks = true } = {}) {
  for (;;) {
    const key = sessionStorage.getItem(storage);
    const headers = key ? { Authorization: `Bearer ${key}` } : {};
    if (body !== undefined) {
      headers["Content-Type"] = "application/json";
    }

    const response = await fetch(path, {
      method: body === undefined ? "GET" : "POST",
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
      cache: "no-store",
      credentials: "omit",
    });
    if (response.ok) {
      return response;
    }

    // Another request may have been answered with a new key meanwhile.
    const isOld = sessionStorage.getItem(storage) !== key;
    if (response.status === 401 && (isOld || (asks && await wantKey(key !== null)))) {
      continue;
    }

    throw new ApiError(response.status, await messageOf(response));
  }
}

/** The objects of a stream of server-sent events, up to [DONE]. */
export async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) {
        throw new Error("The server ended the stream before its end.");
      }

      const lines = (rest + value).split("\n");
      rest = lines.pop();
      for (const line of lines) {
        if (line === "data: [DONE]") {
          return;
        }

        if (line.startsWith("data: ")) {
          const event = JSON.parse(line.slice(6));
          if (event.error) {
            throw new ApiError(0, event.error.message);
          }

          yield event;
        }
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

// One dialog, however many requests are refused at once.
function wantKey(wasRefused) {
  asking ??= askForKey(wasRefused).finally(() => { asking = null; });
  return asking;
}

async function messageOf(response) {
  try {
    return (await response.json()).error.message;
  } catch {
    return `The server answered with status ${response.status}.`;
  }
}
