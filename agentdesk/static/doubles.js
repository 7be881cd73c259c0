// A double click is one wish: its second press counts only for what the first was for, never for what has come under the
// pointer meanwhile, as when a dialog has closed or a row has moved.

const KNOBS = "a, button, input, select, textarea, label, summary";
let first;

function knobOf(target) {
  const knob = target.closest?.(KNOBS);
  return knob?.control ?? knob; // a label presses its control
}

/** What is known again in the next rendering of the same part. */
function purposeOf(knob) {
  return [knob.dataset.deed ?? knob.form?.dataset.deed ?? knob.href, knob.localName, knob.textContent, knob.name, knob.value].join(" ");
}

const same = (one, other) => one === other || (one && other && purposeOf(one) === purposeOf(other));

addEventListener("click", (event) => {
  const knob = knobOf(event.target);
  if (event.detail === 1) first = knob;
  else if (event.detail > 1 && !same(first, knob)) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}, { capture: true });
