"use strict";

addEventListener("DOMContentLoaded", () => {
  // Eighty columns wherever they can be read at all: letters are six tenths as wide as they are high.
  const size = Math.floor(innerWidth / 80 / 0.6);
  document.getElementById("terminal").dataset.fontSize = Math.max(8, Math.min(16, size));
  // Keys go to the wizard from the first on; before it is connected, the terminal could not tell it of them.
  new MutationObserver((_, observer) => {
    if (!document.body.classList.contains("-loaded")) return;
    observer.disconnect();
    document.querySelector(".xterm-helper-textarea").focus();
  }).observe(document.body, {attributes: true, attributeFilter: ["class"]});
});
