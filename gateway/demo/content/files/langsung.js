// Menulis berita terbaru dari /langsung (server-sent events) pada baris di bawah menu.
const line = document.querySelector(".ticker span");
new EventSource("/langsung").addEventListener("berita", (event) => {
  line.textContent = JSON.parse(event.data).title;
});
