// table makes a table that its heads sort. A column is [head, cell of a row, number to sort by or undefined, class].
const table = (label, columns, list) => {
  const heads = columns.map(([head, , number]) => el('th', {scope: 'col', class: number ? 'n' : undefined}, head));
  const rows = list.map((x) => el('tr', null, columns.map(([, cell, number, kind], i) => {
    const name = i === 0 ? 'th' : 'td';
    const content = [cell(x)].flat();
    return el(name, {scope: i === 0 ? 'row' : undefined, class: number ? 'n' : kind, 'data-n': number ? number(x) : undefined}, content);
  })));
  const t = el('table', {class: 'sortable'}, el('thead', null, el('tr', null, heads)), el('tbody', null, rows));
  makeSortable(t);
  return el('div', {class: 'scroll', role: 'region', 'aria-label': label, tabindex: '0'}, t);
};

const more = (shown, all, what) => (all > shown ? el('p', {class: 'more'}, 'The first ' + grouped(shown) + ' of ' + grouped(all) + ' ' + what + '; choose less time, a country or a host for the others.') : '');

// sortAgain sorts a new table as the old one was.
const sortAgain = (before, after) => {
  const at = before && Array.from(before.tHead.rows[0].cells).findIndex((h) => h.hasAttribute('aria-sort'));
  if (!before || at < 0 || !after || !after.tHead.rows[0].cells[at]) return;
  const head = after.tHead.rows[0].cells[at];
  head.setAttribute('aria-sort', before.tHead.rows[0].cells[at].getAttribute('aria-sort') === 'ascending' ? 'descending' : 'ascending');
  sortBy(after, head);
};

// fill puts new content into a section: who reads or walks there stays where they are.
const fill = (id, ...content) => {
  const body = byID(id).querySelector('.body');
  const active = body.contains(document.activeElement) ? document.activeElement : null;
  const href = active && active.getAttribute('href');
  const stops = 'a,button,summary,[tabindex]';
  const at = active ? Array.from(body.querySelectorAll(stops)).indexOf(active) : -1;
  const scrolled = body.querySelector('.scroll')?.scrollLeft;
  const before = body.querySelector('table.sortable');
  body.replaceChildren(...content.flat().filter((c) => c !== ''));
  body.setAttribute('aria-busy', 'false');
  sortAgain(before, body.querySelector('table.sortable'));
  if (scrolled) body.querySelector('.scroll')?.scrollTo(scrolled, 0);
  if (!active) return;
  const stop = Array.from(body.querySelectorAll(stops));
  (stop.find((e) => href && e.getAttribute('href') === href) || stop[at])?.focus({preventScroll: true});
};

const busy = (id) => byID(id).querySelector('.body').setAttribute('aria-busy', 'true');

// refuse tells why there is no answer, above what was there before.
const refuse = (id, error, again) => {
  const body = byID(id).querySelector('.body');
  body.setAttribute('aria-busy', 'false');
  body.querySelector('.problem')?.remove();
  const button = el('button', {type: 'button'}, 'Ask again');
  button.addEventListener('click', again);
  body.prepend(el('p', {class: 'problem', role: 'alert'}, 'No answer' + (error.status ? ' (' + error.status + ')' : '') + ': ' + error.message + '.', button));
};
