// Buttons that copy a filter, and details that are unfolded for paper.
const copyText = async (code) => {
  try {
    await navigator.clipboard.writeText(code.textContent);
    return true;
  } catch {
    const range = document.createRange();
    range.selectNodeContents(code);
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    return document.execCommand('copy');
  }
};

// makeCopy has a button copy the code beside it.
const makeCopy = (button) => {
  button.hidden = false;
  const code = button.parentNode.querySelector('code');
  button.setAttribute('aria-label', 'Copy filter ' + code.textContent);
  button.addEventListener('click', async () => {
    button.textContent = (await copyText(code)) ? 'Copied' : 'Select and copy';
    setTimeout(() => { button.textContent = 'Copy'; }, 2000);
  });
};

for (const button of document.querySelectorAll('.copy')) makeCopy(button);

let folded = [];
addEventListener('beforeprint', () => {
  folded = Array.from(document.querySelectorAll('details:not([open])'));
  for (const d of folded) d.open = true;
});
addEventListener('afterprint', () => {
  for (const d of folded) d.open = false;
});
