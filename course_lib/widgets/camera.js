// The browser's side of widgets/camera.py: preview, count-down, recording, and handing it over to the kernel in pieces.
(() => {
  if (window.courseCamera) return;
  const PIECE = 4e6, COUNTDOWN = 3, SLOW = 60;  // bytes (a server takes 10 MB at a time), seconds, seconds
  const KINDS = ["video/webm;codecs=vp9", "video/webm;codecs=vp8", "video/webm", "video/mp4"];
  const UPLOAD = " Take the video with another program, and choose the file with the upload button.";
  const WHY = {
    NotAllowedError: "The browser was not allowed to use the camera. Allow it beside the page's address and try again.",
    NotFoundError: "No camera was found.",
    NotReadableError: "The camera cannot be read: another program may be using it.",
  };
  const wait = seconds => new Promise(done => setTimeout(done, 1000 * seconds));

  // ipywidgets' upload button keeps its <input type=file> to itself: take it when it is about to open
  function hand(button, file) {
    const click = HTMLInputElement.prototype.click, files = new DataTransfer();
    let input;
    HTMLInputElement.prototype.click = function () { input = this; };
    try { button.click(); } finally { HTMLInputElement.prototype.click = click; }
    files.items.add(file);
    input.files = files.files;
    input.dispatchEvent(new Event("change"));
  }

  async function send(box, blob, kind, report) {
    const count = Math.ceil(blob.size / PIECE), ending = kind.includes("mp4") ? "mp4" : "webm";
    const token = [...crypto.getRandomValues(new Uint8Array(4))].map(x => x.toString(16).padStart(2, "0")).join("");
    for (let i = 0; i < count; i++) {
      report(`Handing it over: ${Math.round(100 * i / count)} %`);
      hand(box.querySelector(".course-camera-wire"), new File([blob.slice(i * PIECE, (i + 1) * PIECE)],
        `${token}.${i}.${count}.${blob.size}.${ending}`));
      for (let waited = 0; !box.classList.contains(`got-${token}-${i}`); waited += 0.05) {
        if (box.classList.contains(`refused-${token}`)) return report("The recording was refused: see under the picture.");
        if (waited > SLOW) return report("The kernel does not answer: is another cell running? Record again then.");
        await wait(0.05);
      }
    }
    report("Handed over: see under the picture.");
  }

  function make(panel, tag, properties) {
    const element = Object.assign(document.createElement(tag), properties);
    panel.append(element);
    return element;
  }

  function start(box) {
    const panel = box.querySelector(".course-camera-panel .widget-html-content");
    const longest = Number(panel.firstElementChild.dataset.longest);
    panel.textContent = "";
    const preview = make(panel, "video", {muted: true, playsInline: true, autoplay: true, hidden: true,
      ariaLabel: "what the camera sees, mirrored"});
    preview.style.cssText = "display: block; width: 320px; max-width: 100%; transform: scaleX(-1)";
    const [power, record, stop] = ["turn the camera on", "record", "stop"].map(text => make(panel, "button",
      {type: "button", textContent: text, className: "jupyter-button"}));
    const says = make(panel, "p", {role: "status"});
    let stream = null, recorder = null, busy = false, waiting = false;
    const report = text => { says.textContent = text; waiting = false; };
    const ready = () => {
      report(`At most ${longest} seconds, without sound.`
        + (box.classList.contains("camera-allowed") ? "" : " Fill in the consent first."));
      waiting = true;
    };

    function show() {
      preview.hidden = !stream;
      power.textContent = stream ? "turn the camera off" : "turn the camera on";
      power.disabled = busy;
      record.disabled = !stream || busy || !box.classList.contains("camera-allowed");
      stop.disabled = !recorder;
    }

    function off() {
      stream?.getTracks().forEach(track => track.stop());
      preview.srcObject = stream = null;
      show();
    }

    power.onclick = async () => {
      if (stream) { off(); return report(""); }
      if (!navigator.mediaDevices?.getUserMedia || !window.MediaRecorder)
        return report("Browsers give the camera only to pages of this computer (localhost) or with HTTPS, and need "
          + "MediaRecorder." + UPLOAD);
      try {
        stream = await navigator.mediaDevices.getUserMedia({video: {width: 640, height: 480}, audio: false});
        preview.srcObject = stream;
        ready();
      } catch (error) {
        report((WHY[error.name] || `The camera cannot be used: ${error.message}.`) + UPLOAD);
      }
      show();
    };

    record.onclick = async () => {
      busy = true;
      show();
      try {
        for (let left = COUNTDOWN; left > 0; left--) {
          report(`Recording begins in ${left} …`);
          await wait(1);
        }
        if (!box.isConnected) return off();
        const parts = [], kind = KINDS.find(name => MediaRecorder.isTypeSupported(name));
        recorder = new MediaRecorder(stream, {mimeType: kind, videoBitsPerSecond: 2.5e6});
        recorder.ondataavailable = event => parts.push(event.data);
        const over = new Promise(done => { recorder.onstop = recorder.onerror = done; });
        recorder.start(500);
        show();
        stop.focus();
        for (let second = 0; second < longest && recorder.state === "recording" && box.isConnected; second++) {
          report(`Recording: ${second} of at most ${longest} seconds`);
          await Promise.race([wait(1), over]);
        }
        if (recorder.state === "recording") recorder.stop();
        await over;
        if (!box.isConnected) return off();
        const blob = new Blob(parts);
        if (blob.size) await send(box, blob, recorder.mimeType, report);
        else report("Nothing was recorded: has the camera been unplugged?" + UPLOAD);
      } catch (error) {
        report(`Not recorded: ${error.message}.` + UPLOAD);
      } finally {
        recorder = null;
        busy = false;
        show();
      }
    };
    stop.onclick = () => recorder?.state === "recording" && recorder.stop();
    new MutationObserver(() => { show(); if (waiting) ready(); }).observe(box, {attributes: true, attributeFilter: ["class"]});
    box.courseCameraOff = off;
    show();
  }

  const boxes = new Set();
  window.courseCamera = () => {
    for (const box of document.querySelectorAll(".course-camera"))
      if (!boxes.has(box) && box.querySelector(".course-camera-panel [data-longest]")
          && box.querySelector(".course-camera-wire")) {
        boxes.add(box);
        start(box);
      }
    for (const box of boxes)
      if (!box.isConnected) {  // its cell was run again or the page left: the camera's light goes out
        box.courseCameraOff();
        boxes.delete(box);
      }
  };
  new MutationObserver(window.courseCamera).observe(document.body, {childList: true, subtree: true});
  window.courseCamera();
})();
