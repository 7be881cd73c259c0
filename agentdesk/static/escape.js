// Escape closes the box that is open, else leaves the field, and throws no text away: keys work again at once.
// A box is a dialog, or an element with data-box that is hidden while it is closed.

addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing || event.defaultPrevented) return;
  const dialog = document.querySelector("dialog[open]");
  const field = event.target.closest?.("input, select, textarea");
  const box = document.querySelector("[data-box]:not([hidden])");
  if (dialog) dialog.close();
  else if (field) field.blur();
  else if (box) box.hidden = true;
  else return;
  event.preventDefault(); // a search field would empty itself
});
