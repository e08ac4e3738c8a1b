// Passkeys: the form asks the browser first, and sends what it answers.
document.addEventListener('submit', async (event) => {
  const form = event.target.closest('form[data-passkey]');
  if (!form) return;
  event.preventDefault();
  const told = form.querySelector('[role=status]');
  try {
    const options = JSON.parse(form.dataset.options).publicKey;
    const made = form.dataset.passkey === 'create'
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
    form.elements.credential.value = JSON.stringify(made.toJSON());
    form.submit();
  } catch (error) {
    told.textContent = error.name === 'InvalidStateError' ? 'This authenticator has a passkey for you already.'
      : error.name === 'NotAllowedError' ? 'The browser got no passkey: it was cancelled, or took too long. Try again.'
      : 'This browser knows no passkeys. Update it, or use an authenticator app.';
  }
});
