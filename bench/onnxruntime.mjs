// ONNX Runtime, and what its outputs and times are compared by.
import {spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

export const ORT_VERSION = '1.30.0';
export const ALLOWED_DISTANCE = {fp32: 1e-4, bf16: 0.02, int8: 0.5};  // what lies above is a mistake, not rounding

/// Installed by npm into a folder of its own below the system's temporary one.
export function onnxruntime() {
  const folder = join(tmpdir(), `cleave-onnxruntime-${ORT_VERSION}`);
  if (!existsSync(join(folder, 'node_modules/onnxruntime-node/package.json'))) {
    mkdirSync(folder, {recursive: true});
    const done = spawnSync('npm', ['install', '--ignore-scripts', '--prefix', folder, `onnxruntime-node@${ORT_VERSION}`], {stdio: 'inherit'});
    if (done.status !== 0) throw new Error('npm could not install onnxruntime-node');
  }
  return createRequire(join(folder, 'package.json'))('onnxruntime-node');
}

export const median = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
};
export const geometric_mean = (numbers) => Math.exp(numbers.reduce((sum, x) => sum + Math.log(x), 0) / numbers.length);

export function distance(actual, expected) {
  let error = 0, size = 0;
  for (let i = 0; i < expected.length; ++i) {
    error += (actual[i] - expected[i]) ** 2;
    size += expected[i] ** 2;
  }
  return actual.length === expected.length ? Math.sqrt(error / size) : Infinity;
}

export const floats = (file) => {
  const bytes = readFileSync(file);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
};

/// ONNX Runtime with one model of a folder that bench_runtime wrote.
export class Peer {
  static async open(ort, folder, model, network, threads = 1) {
    const peer = new Peer();
    peer.network = network;
    peer.session = await ort.InferenceSession.create(join(folder, model), {intraOpNumThreads: threads, interOpNumThreads: 1, executionMode: 'sequential', graphOptimizationLevel: 'all', logSeverityLevel: 3});
    peer.feeds = [...Array(network.batches).keys()].map((batch) => Object.fromEntries(network.inputs.map((input, j) => {
      const bytes = readFileSync(join(folder, `${batch}.${j}.bin`));
      const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
      const data = input.type === 'int64' ? new BigInt64Array(buffer) : input.type === 'int32' ? new Int32Array(buffer) : new Float32Array(buffer);
      return [input.name, new ort.Tensor(input.type, data, input.shape)];
    })));
    return peer;
  }
  async output(batch) {
    const results = await this.session.run(this.feeds[batch]);
    return Float32Array.from(results[this.network.output].data);
  }
  async times(runs) {
    const seconds = [];
    for (let i = 0; i < runs; ++i) {
      const start = process.hrtime.bigint();
      await this.session.run(this.feeds[0]);
      seconds.push(Number(process.hrtime.bigint() - start) * 1e-9);
    }
    return seconds;
  }
  async close() { await this.session.release(); }
}
