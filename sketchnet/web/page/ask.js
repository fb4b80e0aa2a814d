// Questions to the worker. A search that a newer one replaces before its turn is never asked.
export class Asker {
  constructor(worker, onEvent) {
    Object.assign(this, { worker, waiting: new Map(), next: 0, busy: false, queued: null });
    worker.onmessage = ({ data }) => {
      if (data.event) return onEvent(data.event);
      const { resolve, reject } = this.waiting.get(data.id);
      this.waiting.delete(data.id);
      if (data.error) reject(new Error(data.error)); else resolve(data.answer);
    };
    worker.onerror = (event) => onEvent("failed", event.message);
  }

  ask(method, value) {
    const id = this.next++;
    this.worker.postMessage({ id, method, value });
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }

  // Answers with null where a newer question of this kind has come.
  async latest(method, value) {
    if (this.busy) {
      this.queued?.(null);
      const goesOn = await new Promise((resolve) => { this.queued = resolve; });
      if (!goesOn) return null;
    }
    this.busy = true;
    try {
      const answer = await this.ask(method, value);
      return this.queued ? null : answer;
    } finally {
      const queued = this.queued;
      this.queued = null;
      this.busy = false;
      queued?.(true);
    }
  }
}
