// A list that is narrowed by what is typed: each line has data-find, and stays while it holds every word.

export function narrow(lines, typed) {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  for (const line of lines) line.hidden = !words.every((each) => line.dataset.find.includes(each));
}
