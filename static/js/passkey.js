// Passkeys: a form marked data-passkey asks the browser for one and sends what it answers.
// data-passkey: "create" or "get"; data-options: the server's options as JSON, or
// data-options-url: where to fetch them. Needs allauth's webauthn-json.js before it.
'use strict';
(() => {
  const supported = window.webauthnJSON && window.webauthnJSON.supported()

  async function options (form) {
    if (form.dataset.options) return JSON.parse(form.dataset.options)
    const response = await fetch(form.dataset.optionsUrl, { headers: { Accept: 'application/json' } })
    if (!response.ok) throw new Error('no options')
    return await response.json()
  }

  function say (form, text) {
    const place = form.querySelector('[data-passkey-says]')
    if (place) {
      place.textContent = text
      place.hidden = false
    }
  }

  // a passkey belongs to a host name; browsers make none for a bare address
  const named = !/^[\d.]+$|:/.test(window.location.hostname)

  for (const form of document.querySelectorAll('form[data-passkey]')) {
    if (!supported || !named) {
      if (form.dataset.passkey === 'create') {
        say(form, named ? '这个浏览器不支持通行密钥。' : '用域名（不是数字地址）打开本站，才能使用通行密钥。')
      }
      continue
    }
    const button = form.querySelector('button')
    button.hidden = false
    form.addEventListener('submit', async (event) => {
      event.preventDefault()
      button.disabled = true
      try {
        const asked = await options(form)
        const answer = await window.webauthnJSON[form.dataset.passkey](asked)
        form.elements.credential.value = JSON.stringify(answer)
        form.submit()
      } catch (error) {
        say(form, error.name === 'InvalidStateError' ? '这台设备已经添加过了。' : '没有完成，请再试一次。')
        button.disabled = false
      }
    })
  }
})()
