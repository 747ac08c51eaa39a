// The map: countries with peers become links, others stay ground. Text is set as text.
const svgText = (label) => {
  const t = document.createElementNS('http://www.w3.org/2000/svg', 'text');
  t.setAttribute('x', label.x);
  t.setAttribute('y', label.y);
  if (label.dark) t.setAttribute('class', 'dark');
  t.textContent = label.text;
  return t;
};

const setArea = (link, area, place) => {
  const shape = link.firstElementChild;
  const words = area ? area.name + ': ' + area.words : '';
  shape.setAttribute('class', area ? area.fill : 'ground');
  shape.firstElementChild.textContent = words;
  link.classList.toggle('on', Boolean(area) && place.country === area.country);
  if (!area) {
    link.removeAttribute('href');
    link.removeAttribute('aria-label');
    return;
  }
  link.setAttribute('href', within(place, {country: area.country}));
  link.setAttribute('aria-label', words);
};

const placeLine = (p) => [el('b', null, grouped(p.peers)), ' ', el('strong', null, p.name), ' ', small(p.words + (p.also ? '; counted above too' : ''))];

const showMap = (place, map) => {
  const areas = new Map(map.areas.map((a) => [a.country, a]));
  for (const link of document.querySelectorAll('.world a')) setArea(link, areas.get(link.id.slice(2)), place);
  document.querySelector('.labels.wide').replaceChildren(...map.wide.map(svgText));
  document.querySelector('.labels.narrow').replaceChildren(...map.narrow.map(svgText));
  fill('map', map.places.length ? [el('h3', null, 'Not in one country'), el('ul', {class: 'places'}, map.places.map((p) => el('li', null,
    p.country ? el('a', {href: within(place, {country: p.country}), class: place.country === p.country ? 'on' : undefined}, placeLine(p)) : el('span', null, placeLine(p)))))] : '');
};
