// Tells the server that this page of an agent's is there, whenever it asks: calls are given to nobody whose desk is gone.

const AGAIN_MS = 2000;
const { here } = document.body.dataset;
let line;

function open() {
  if (!here || (line && line.readyState !== WebSocket.CLOSED)) return;
  const mine = line = new WebSocket(new URL(here, location.href.replace(/^http/, "ws")));
  mine.onmessage = () => mine.send("");
  mine.onclose = () => setTimeout(open, AGAIN_MS);
}

open();
addEventListener("pagehide", () => line?.close());
addEventListener("pageshow", open);
document.addEventListener("hotline:heard", open); // the clocks of a page that nobody looks at are slow
