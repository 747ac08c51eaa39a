// Sorting of tables by their heads, and filtering of the table of peers. Without this script all
// rows are there to read.
const cellKey = (row, column) => {
  const cell = row.cells[column];
  if (cell.dataset.n !== undefined) return Number(cell.dataset.n);
  const text = cell.textContent.trim();
  if (/^-$/.test(text)) return 0;
  return /^[\d,]+$/.test(text) ? Number(text.replace(/,/g, '')) : text.toLowerCase();
};

const compare = (a, b) => {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a).localeCompare(String(b), 'en', {numeric: true});
};

const sortBy = (table, head) => {
  const column = head.cellIndex;
  const number = head.classList.contains('n');
  const now = head.getAttribute('aria-sort');
  const up = now ? now !== 'ascending' : !number;
  for (const other of head.parentNode.cells) other.removeAttribute('aria-sort');
  head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
  const body = table.tBodies[0];
  const keyed = Array.from(body.rows, (row) => [cellKey(row, column), row]);
  keyed.sort((a, b) => (up ? 1 : -1) * compare(a[0], b[0]));
  const rows = document.createDocumentFragment();
  for (const [, row] of keyed) rows.append(row);
  body.append(rows);
};

for (const table of document.querySelectorAll('table.sortable')) {
  for (const head of table.tHead.rows[0].cells) {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener('click', () => sortBy(table, head));
  }
}

const controls = document.querySelector('.controls');
const peers = document.getElementById('peer-table');
const field = (id) => document.getElementById(id);
const rows = peers ? Array.from(peers.tBodies[0].rows, (row) => ({row, kinds: ' ' + row.dataset.k + ' ', text: ''})) : [];

// applyFilter shows the rows that pass, and tells how many.
const applyFilter = () => {
  const words = field('search').value.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = [field('place').value, field('kind').value].filter(Boolean);
  let shown = 0;
  for (const entry of rows) {
    if (words.length && !entry.text) entry.text = entry.row.textContent.toLowerCase();
    const pass = wanted.every((w) => entry.kinds.includes(' ' + w + ' ')) && words.every((w) => entry.text.includes(w));
    if (entry.row.hidden === pass) entry.row.hidden = !pass;
    if (pass) shown++;
  }
  field('count').value = shown.toLocaleString('en') + ' of ' + rows.length.toLocaleString('en') + ' rows';
  for (const link of document.querySelectorAll('a.on')) link.classList.remove('on');
  for (const w of wanted) {
    for (const link of document.querySelectorAll('[data-filter="' + CSS.escape(w) + '"]')) link.classList.add('on');
  }
};

if (controls && peers) {
  controls.hidden = false;
  let timer = 0;
  field('search').addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(applyFilter, rows.length > 2000 ? 150 : 0);
  });
  field('place').addEventListener('change', applyFilter);
  field('kind').addEventListener('change', applyFilter);
  controls.addEventListener('reset', () => setTimeout(applyFilter));
  controls.addEventListener('submit', (event) => event.preventDefault());
  applyFilter();
}
