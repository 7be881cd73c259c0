// The supervisor's floor: which telephone to listen with is remembered.

const ear = document.getElementById("ear");
const known = localStorage.getItem("hotline-ear") ?? "";
if ([...ear.options].some((each) => each.value === known)) ear.value = known;
ear.addEventListener("change", () => localStorage.setItem("hotline-ear", ear.value));
