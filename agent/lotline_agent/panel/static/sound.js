// A short sound for what the eye may miss. Silent where the browser does not allow it.

const TUNES = {
  PASS: [[880, 0.09], [1320, 0.14]],
  FAIL: [[220, 0.35]],
  ERROR: [[220, 0.14], [180, 0.3]],
  ABORTED: [[330, 0.2]],
  NOT_RECORDED: [[180, 0.2], [180, 0.2], [180, 0.4]],
  REFUSED: [[300, 0.12], [300, 0.12]],
};

export class Sounds {
  #context = null;
  #last = null;

  constructor() {
    // Allowed only once a key was pressed; a scanner presses keys.
    document.addEventListener("keydown", () => this.#open(), { once: true, capture: true });
  }

  #open() {
    if (typeof AudioContext !== "undefined") this.#context = new AudioContext();
  }

  hear(view) {
    const refused = view.notice?.kind === "refused";
    const name = refused ? "REFUSED" : view.phase;
    const said = `${name} ${view.run?.serial_number ?? ""} ${refused ? view.notice.text : ""}`;
    const isNew = this.#last !== null && said !== this.#last;
    this.#last = said;
    if (isNew && TUNES[name] && this.#context?.state === "running") this.#play(TUNES[name]);
  }

  #play(tune) {
    let at = this.#context.currentTime;
    for (const [pitch, length] of tune) {
      const tone = this.#context.createOscillator();
      const loudness = this.#context.createGain();
      tone.frequency.value = pitch;
      loudness.gain.setValueAtTime(0.15, at);
      loudness.gain.exponentialRampToValueAtTime(0.001, at + length);
      tone.connect(loudness).connect(this.#context.destination);
      tone.start(at);
      tone.stop(at + length);
      at += length;
    }
  }
}
