"use strict";
const run = JSON.parse(document.getElementById("run").textContent);
document.getElementById("page").textContent = `${run.repository.name}: ${run.outcome}`;
