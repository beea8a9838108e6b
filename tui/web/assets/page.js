"use strict";

// Parts of the page that are read anew: some by the clock, some after files came in.

const STRANGER = "The page does not know you any more. Open the address with its token once more.";
const LOST = "Understudio does not answer, so what stands here may be old. Is understudio web still running?";

async function refresh(part) {
  const answer = await fetch(part.dataset.live).catch(() => null);
  sayAbove(answer ? (answer.status === 403 ? STRANGER : "") : LOST);
  // What is not there any more is said on a page of its own.
  if (answer?.status === 404 && !isBusy()) return location.reload();
  if (!answer?.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").body;
  const before = part.querySelector("[data-version]"), now = fresh.querySelector("[data-version]");
  if (now) document.title = now.dataset.title;
  if (now && before && now.dataset.version !== before.dataset.version && !isBusy()) return location.reload();
  // What is being read aloud is left alone while nothing changed, and the keyboard stays where it was.
  if (fresh.innerHTML.trim() === part.innerHTML.trim()) return;
  const place = part.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  part.replaceChildren(...fresh.childNodes);
  if (place) part.querySelector(`[href="${CSS.escape(place)}"]`)?.focus();
}

function sayAbove(words) {
  const above = document.getElementById("above");
  if (above.textContent !== words) above.textContent = words;
  above.hidden = !words;
}

function isBusy() {
  return sending > 0 || [...document.querySelectorAll("video")].some((video) => !video.paused);
}

for (const part of document.querySelectorAll("[data-every]")) {
  setInterval(() => {
    if (!document.hidden) refresh(part);
  }, 1000 * part.dataset.every);
}

for (const video of document.querySelectorAll("video")) {
  video.addEventListener("error", () => { video.parentElement.querySelector(".failure").hidden = false; });
}

// Files on their way in, one after the other, each in pieces: a line that breaks costs one piece.

const HEAD_BYTES = 65536;
const LEAST_BYTES = 1 << 17, FIRST_BYTES = 1 << 20, MOST_BYTES = 1 << 23;
const LONGEST_PAUSE_SECONDS = 10, STUCK_SECONDS = 60;
const AWAY = "Understudio does not answer. What came is kept, and it goes on by itself as soon as it does. Is understudio web still running?";
const UNREADABLE = "It cannot be read any more: it was changed or moved. Choose it once more.";
let sending = 0;
let queue = Promise.resolve();

function send(address, body, tell) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let stuck = 0;
    const isAlive = () => { clearTimeout(stuck); stuck = setTimeout(() => request.abort(), 1000 * STUCK_SECONDS); };
    request.open("POST", address);
    request.responseType = "json";
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.onprogress = (event) => { isAlive(); tell(event.loaded); };
    request.onload = () => {
      if (request.status === 200) resolve(request.response);
      else reject(wordsOf(request));
    };
    request.onerror = request.onabort = () => reject("");
    request.onloadend = () => clearTimeout(stuck);
    isAlive();
    request.send(body);
  });
}

function wordsOf(request) {
  if (request.response && request.response.title) return `${request.response.title} ${request.response.hint}`;
  if (request.status === 403) return STRANGER;
  return "Something went wrong in Understudio itself; .understudio/web.log in the workspace tells more. Nothing was changed.";
}

// Until somebody answers: the machine may be asleep, the tunnel closed, or the server about to be started anew.
async function insist(ask, line) {
  for (let pause = 1; ; pause = Math.min(2 * pause, LONGEST_PAUSE_SECONDS)) {
    try {
      return await ask();
    } catch (words) {
      if (words && words !== STRANGER) throw words;
      line.say(words ? `${words} It goes on by itself then.` : AWAY);
      await new Promise((resolve) => setTimeout(resolve, 1000 * pause));
    }
  }
}

async function bring(file, address, line) {
  const about = `name=${encodeURIComponent(file.name)}&size=${file.size}&modified=${file.lastModified}`;
  // Read before it is sent: a file that is gone looks to the browser like a line that broke.
  const read = (from, to) => file.slice(from, to).arrayBuffer().catch(() => Promise.reject(UNREADABLE));
  let isWanted = false, bytes = FIRST_BYTES;
  line.say("is looked at …");
  try {
    // By its first bytes, before all of it comes.
    const head = await read(0, HEAD_BYTES);
    let {mark, here} = await insist(() => send(`${address}/look?${about}`, head, () => {}), line);
    isWanted = true;
    for (let words = ""; !words;) {
      ({here, words} = await insist(async () => {
        const piece = await read(here, here + bytes);
        // Where the line breaks, less is tried.
        bytes = Math.max(LEAST_BYTES, bytes / 4);
        const tell = (sent) => line.progress(Math.min(1, (here + sent) / file.size));
        tell(0);
        const answer = await send(`${address}?${about}&mark=${mark}&at=${here}`, piece, tell);
        bytes = Math.min(MOST_BYTES, bytes * 8);
        return answer;
      }, line));
      if (words) line.end(words);
    }
  } catch (words) {
    line.fail(words, isWanted);
  }
}

function lineFor(file, list, again) {
  const item = document.createElement("li"), name = document.createElement("span");
  const bar = document.createElement("progress"), words = document.createElement("span");
  const button = document.createElement("button");
  name.textContent = file.name;
  words.className = "soft";
  button.type = "button";
  button.textContent = "Try again";
  button.onclick = () => { item.remove(); again(); };
  item.append(name, bar, words);
  list.prepend(item);
  return {
    say(text) { words.textContent = text; },
    progress(share) {
      bar.value = share;
      words.textContent = share < 1 ? `${Math.floor(100 * share)} %` : "is being put in its place …";
    },
    end(text) { bar.remove(); words.className = "done"; words.textContent = text; },
    fail(text, mayHelp) {
      bar.remove();
      words.className = "failure";
      words.textContent = text;
      if (mayHelp) item.append(button);
    },
  };
}

function take(files, drop) {
  for (const file of files) {
    const line = lineFor(file, drop.querySelector(".files"), () => take([file], drop));
    line.say("waits for its turn");
    sending += 1;
    queue = queue.then(() => bring(file, drop.dataset.to, line)).finally(() => {
      sending -= 1;
      if (!sending) document.querySelectorAll("[data-live]").forEach(refresh);
    });
  }
}

// Of folders that were dropped, all files; a folder tells them a hundred at a time.
async function filesIn(entry) {
  if (entry.isFile) return [await new Promise((resolve, reject) => entry.file(resolve, reject))];
  const reader = entry.createReader(), found = [];
  for (;;) {
    const entries = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!entries.length) return found;
    for (const each of entries) if (!each.name.startsWith(".")) found.push(...await filesIn(each));
  }
}

for (const drop of document.querySelectorAll(".drop")) {
  const input = drop.querySelector("input");
  input.addEventListener("change", () => { take([...input.files], drop); input.value = ""; });
  drop.addEventListener("dragover", () => drop.classList.add("over"));
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", async (event) => {
    drop.classList.remove("over");
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
    for (const entry of entries) {
      const files = await filesIn(entry).catch(() => null);
      if (files) take(files, drop);
      else lineFor(entry, drop.querySelector(".files")).fail("This browser may not read it. Choose its files instead.");
    }
  });
}

// Beside the places for them, a dropped file would take the place of the page.
for (const kind of ["dragover", "drop"]) addEventListener(kind, (event) => event.preventDefault());
addEventListener("beforeunload", (event) => { if (sending) event.preventDefault(); });
