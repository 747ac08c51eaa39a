// Sorting of tables by their heads. Without this script all rows are there to read.
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

// makeSortable gives a table heads that sort it.
const makeSortable = (table) => {
  for (const head of table.tHead.rows[0].cells) {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener('click', () => sortBy(table, head));
  }
};

for (const table of document.querySelectorAll('table.sortable')) makeSortable(table);
