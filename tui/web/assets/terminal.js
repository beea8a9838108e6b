"use strict";

// Eighty columns wherever they can be read at all: letters are six tenths as wide as they are high.
addEventListener("DOMContentLoaded", () => {
  const size = Math.floor(innerWidth / 80 / 0.6);
  document.getElementById("terminal").dataset.fontSize = Math.max(8, Math.min(16, size));
});
