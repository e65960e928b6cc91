// Runs in the report, in a frame, and writes what it finds into the page around it, where the test reads it.
(() => {
  for (const e of document.querySelectorAll("details")) e.open = true;
  const channels = c => (c.match(/[\d.]+/g) || []).map(Number);
  const luminance = c => {
    const [r, g, b] = channels(c).map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p);
    return (x + 0.05) / (y + 0.05);
  };
  const background = e => {
    for (; e; e = e.parentElement) {
      const c = getComputedStyle(e).backgroundColor, parts = channels(c);
      if (parts.length === 3 || parts[3] > 0) return c;
    }
    return "rgb(255, 255, 255)";
  };
  const problems = [];
  const weak = (e, color, least) => {
    const r = contrast(color, background(e));
    if (r < least) problems.push(`contrast ${r.toFixed(2)} of <${e.tagName} class="${e.getAttribute("class")}"> ${e.textContent.slice(0, 30)}`);
    return r;
  };

  let texts = 0;
  for (const e of document.body.querySelectorAll("*")) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || e.tagName === "SCRIPT") continue;
    texts++;
    weak(e, e instanceof SVGElement ? getComputedStyle(e).fill : getComputedStyle(e).color, 4.5);
  }
  for (const e of document.querySelectorAll(".mark")) weak(e, getComputedStyle(e).fill, 3);
  for (const e of document.querySelectorAll(".line, .range, .axis")) weak(e, getComputedStyle(e).stroke, 3);

  for (const svg of document.querySelectorAll("svg")) {
    const frame = svg.getBoundingClientRect(), name = svg.getAttribute("aria-label");
    if (frame.width < 250 || frame.height < 60) problems.push(`${name} is ${frame.width} x ${frame.height}`);
    const boxes = [...svg.querySelectorAll("text")].map(e => ({text: e.textContent, box: e.getBoundingClientRect()}));
    boxes.forEach(({text, box}, i) => {
      if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 1 || box.top < frame.top - 1)
        problems.push(`${name}: "${text}" is cut off`);
      for (const other of boxes.slice(i + 1)) {
        const w = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
        const h = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
        if (w > 0.5 && h > 2) problems.push(`${name}: "${text}" and "${other.text}" overlap`);
      }
    });
  }
  if (document.documentElement.scrollWidth > innerWidth + 1) problems.push(`the page is ${document.documentElement.scrollWidth} wide in a window of ${innerWidth}`);

  const out = document.createElement("script");
  out.type = "application/json";
  out.id = "findings";
  out.textContent = JSON.stringify({
    charts: document.querySelectorAll("svg").length, texts, problems, width: innerWidth,
    dark: matchMedia("(prefers-color-scheme: dark)").matches,
  });
  parent.document.body.append(out);
})();
