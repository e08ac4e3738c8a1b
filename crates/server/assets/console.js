// What a page gains where scripts run: copy buttons, tokens out of links, and nothing else that a page needs.
document.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-copy]');
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  const text = source.value ?? source.textContent;
  try {
    await navigator.clipboard.writeText(text.trim());
    button.textContent = 'Copied';
  } catch {
    getSelection().selectAllChildren(source);
    button.textContent = 'Selected';
  }
  setTimeout(() => { button.textContent = 'Copy'; }, 2000);
});

// Copying needs a script, so the buttons for it show only where one runs.
document.documentElement.classList.add('scripted');

// The other answer to a picture of letters: a number whose digest begins with sixteen zero bits.
document.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-compute]');
  if (!button) return;
  button.disabled = true;
  button.textContent = 'Computing …';
  const encoder = new TextEncoder();
  for (let number = 0; ; number += 1) {
    const text = encoder.encode(`${button.dataset.compute}:${number}`);
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', text));
    if (digest[0] === 0 && digest[1] === 0) {
      document.getElementById(button.dataset.into).value = number;
      button.textContent = 'Computed';
      return;
    }
  }
});

// The link of an invitation holds its token behind a #, where no server sees it: put into the form, and sent on.
const ticket = document.getElementById('ticket');
if (ticket && /^#ksi_\w+$/.test(location.hash)) {
  ticket.value = location.hash.slice(1);
  history.replaceState(null, '', location.pathname);
  if (!document.querySelector('[role=alert]')) ticket.form.requestSubmit();
}

// A part that follows what it shows. While somebody types or chooses in it, it stays as it is.
const part = document.querySelector('[data-live]');
if (part) {
  const events = new EventSource(part.dataset.live);
  events.addEventListener('part', (event) => {
    if (part.contains(document.activeElement) && document.activeElement.matches('input, select, textarea')) return;
    const at = document.activeElement?.getAttribute?.('href');
    part.innerHTML = event.data;
    if (at) part.querySelector(`a[href="${CSS.escape(at)}"]`)?.focus();
  });
}
