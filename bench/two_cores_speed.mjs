#!/usr/bin/env node
// What a plan makes of two cores beside what ONNX Runtime makes of them: inferences per second at batch 1, in turns on an
// idle machine whose first two allowed cores count:
//   bench/two_cores_speed.mjs CLEAVE BENCH_RUNTIME [-p fp32,int8] [-r ROUNDS] [--profile PROFILE] [--json FILE] MODEL...
// cleave: the plan for throughput on a class of two cores, which may have replicas, and the one on two classes of one core
// each, a pipeline. ONNX Runtime: one session with two threads, and two sessions, processes of one thread, each on a core.
// int8 is compared with its quantised model (QDQ, the same scales and zeros). PROFILE says where pipelines are cut: one
// that `cleave profile` wrote cuts better than the shipped one.
//
// Outputs are compared before times: the relative L2 distance of both plans' to ONNX Runtime's fp32 output.
import {spawn, spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {cpus, loadavg, tmpdir} from 'node:os';
import {basename, join, resolve} from 'node:path';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import {ALLOWED_DISTANCE, ORT_VERSION, Peer, distance, median, onnxruntime} from './onnxruntime.mjs';

const RUN_SECONDS = 2.0;  // of each side in each round
const GOALS = {fp32: 1.25, int8: 1.3};
const MODELS = {fp32: 'model.onnx', int8: 'qdq.onnx'};

function arguments_of(argv) {
  const options = {precisions: ['fp32', 'int8'], rounds: 5, profile: 'cpu_xeon_8380', json: null, programs: [], models: []};
  for (let i = 0; i < argv.length; ++i) {
    if (argv[i] === '-p') options.precisions = argv[++i].split(',');
    else if (argv[i] === '-r') options.rounds = Number(argv[++i]);
    else if (argv[i] === '--profile') options.profile = argv[++i];
    else if (argv[i] === '--json') options.json = argv[++i];
    else if (options.programs.length < 2) options.programs.push(resolve(argv[i]));
    else options.models.push(argv[i]);
  }
  if (options.models.length === 0) throw new Error('give: CLEAVE BENCH_RUNTIME MODEL...');
  return options;
}

function program(file, ...words) {
  const done = spawnSync(file, words, {stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1 << 28});
  if (done.status !== 0) throw new Error(`${basename(file)} ${words[0]} ended with ${done.status}`);
  return done.stdout.toString();
}

function first_cores() {
  const list = readFileSync('/proc/self/status', 'utf8').match(/^Cpus_allowed_list:\s*(\S+)$/m)[1];
  const cores = list.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number);
    return [...Array(last - first + 1).keys()].map((i) => first + i);
  });
  if (cores.length < 2) throw new Error('this process may use one core only');
  return cores.slice(0, 2);
}

const on_cores = (cores, ...words) => ['-c', cores.join(','), ...words];

/// The inputs that bench_runtime wrote, as files that `cleave run` reads.
function input_options(folder, network) {
  return [...Array(network.batches).keys()].flatMap((batch) => network.inputs.flatMap(({name, type, shape}, j) => {
    const kind = {float32: '<f4', int32: '<i4', int64: '<i8'}[type];
    const text = `{'descr': '${kind}', 'fortran_order': False, 'shape': (${shape.map((extent) => `${extent},`).join('')}), }\n`;
    const start = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, text.length & 255, text.length >> 8]);
    const file = join(folder, `${batch}.${j}`);
    writeFileSync(`${file}.npy`, Buffer.concat([start, Buffer.from(text), readFileSync(`${file}.bin`)]));
    return ['--input', `${name}=${file}.npy`];
  }));
}

/// The last values of a file of float32.
function floats_behind(bytes, length) {
  const from = bytes.length - 4 * length;
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset + from, bytes.byteOffset + bytes.length));
}

/// A plan for two cores.
class Planned {
  /// `classes`: the cores in each.
  constructor(options, cores, folder, network, precision, classes) {
    this.cleave = options.programs[0];
    this.cores = cores;
    const name = classes.length === 1 ? 'replicas' : 'pipeline';
    const file = join(folder, `${precision}.${name}`);
    const devices = classes.map((count, i) => ({name: `core${i}`, profile: options.profile, precision, count}));
    writeFileSync(`${file}.cluster.json`, JSON.stringify({schema: 'cleave.cluster/1', name: 'cores', title: 'two cores', devices}));
    this.plan = `${file}.json`;
    const made = JSON.parse(program(this.cleave, 'plan', join(folder, 'model.onnx'), '-c', `${file}.cluster.json`, '-w', '1', '-o', this.plan, '-q', '--json'));
    this.name = made.stages.map((stage) => stage.replicas).join('+');
    this.inputs = input_options(folder, network);
    this.results = join(folder, `${precision}.${name}`);
  }
  run(batches, ...words) {
    return JSON.parse(program('taskset', ...on_cores(this.cores, this.cleave, 'run', this.plan, '-n', String(batches), '-q', '--json', ...this.inputs, ...words)));
  }
  outputs(name, lengths) {
    this.run(lengths.length, '--output', this.results);
    const all = floats_behind(readFileSync(join(this.results, `${name}.npy`)), lengths.reduce((sum, length) => sum + length, 0));
    let from = 0;
    return lengths.map((length) => all.subarray(from, from += length));
  }
  async period_s(batches) { return this.run(batches).period_s; }
  close() {}
}

/// Sessions of ONNX Runtime side by side, one for each set of cores, with a thread for each core.
class Sessions {
  static async open(folder, model, sets) {
    const self = new Sessions();
    self.children = sets.map((cores) => spawn('taskset', on_cores(cores, process.execPath, fileURLToPath(import.meta.url), 'peer', folder, model, String(cores.length)), {stdio: ['pipe', 'pipe', 'inherit']}));
    self.lines = self.children.map((child) => createInterface({input: child.stdout})[Symbol.asyncIterator]());
    for (const lines of self.lines)
      if ((await lines.next()).value !== 'ready') throw new Error('a session of ONNX Runtime failed');
    return self;
  }
  /// All sessions together run as many: the sum of their rates, each while it runs, so that none waits for the other.
  async period_s(batches) {
    const each = Math.ceil(batches / this.children.length);
    for (const child of this.children) child.stdin.write(`${each}\n`);
    const seconds = await Promise.all(this.lines.map(async (lines) => Number((await lines.next()).value)));
    return 1 / seconds.reduce((rate, time) => rate + each / time, 0);
  }
  close() { for (const child of this.children) child.stdin.end(); }
}

/// One session: the seconds that as many runs take as a line of stdin says.
async function serve_peer(folder, model, threads) {
  const network = JSON.parse(readFileSync(join(folder, 'network.json'), 'utf8'));
  const peer = await Peer.open(onnxruntime(), folder, model, network, threads);
  await peer.times(3);
  console.log('ready');
  for await (const runs of createInterface({input: process.stdin})) console.log((await peer.times(Number(runs))).reduce((sum, time) => sum + time, 0));
  await peer.close();
}

/// Medians of periods of several sides that take turns.
async function race(sides, rounds) {
  const counts = [], periods = sides.map(() => []);
  for (const side of sides) counts.push(Math.max(12, Math.ceil(RUN_SECONDS / await side.period_s(12))));
  for (let round = 0; round < rounds; ++round)
    for (const [i, side] of sides.entries()) periods[i].push(await side.period_s(counts[i]));
  return periods.map(median);
}

async function expected_outputs(folder, model, network) {
  const peer = await Peer.open(onnxruntime(), folder, model, network);
  const outputs = [];
  for (let batch = 0; batch < network.batches; ++batch) outputs.push(await peer.output(batch));
  await peer.close();
  return outputs;
}

const worst_distance = (actual, expected) => Math.max(...expected.map((output, batch) => distance(actual[batch], output)));

async function compare(options, cores, model, precision, folder, network) {
  const expected = await expected_outputs(folder, MODELS.fp32, network);
  const plans = [[2], [1, 1]].map((classes) => new Planned(options, cores, folder, network, precision, classes));
  const distances = plans.map((plan) => worst_distance(plan.outputs(network.output, expected.map((output) => output.length)), expected));
  if (!distances.every((each) => each <= ALLOWED_DISTANCE[precision])) throw new Error(`${model} in ${precision}: outputs differ by ${Math.max(...distances)}`);
  const peer_distance = worst_distance(await expected_outputs(folder, MODELS[precision], network), expected);
  const sides = [...plans, await Sessions.open(folder, MODELS[precision], [cores]), await Sessions.open(folder, MODELS[precision], cores.map((core) => [core]))];
  const [class_s, pipeline_s, threads_s, sessions_s] = await race(sides, options.rounds);
  for (const side of sides) side.close();
  return {model: basename(model, '.onnx'), precision, plan: plans[0].name, plan_s: class_s, pipeline: plans[1].name, pipeline_s,
          two_threads_s: threads_s, two_sessions_s: sessions_s, rel_l2: Math.max(...distances), onnxruntime_rel_l2: peer_distance,
          speedup: threads_s / Math.min(class_s, pipeline_s), speedup_of_best: Math.min(threads_s, sessions_s) / Math.min(class_s, pipeline_s)};
}

function line(row) {
  const ms = (seconds) => `${(seconds * 1e3).toFixed(2).padStart(8)} ms`;
  return `${row.model.padEnd(22)} ${row.precision}  cleave ${row.plan} ${ms(row.plan_s)}, ${row.pipeline} ${ms(row.pipeline_s)}  ORT 2 threads ${ms(row.two_threads_s)}, 2 sessions ${ms(row.two_sessions_s)}  ` +
         `${row.speedup.toFixed(2)}x of 2 threads (goal ${GOALS[row.precision]}), ${row.speedup_of_best.toFixed(2)}x of its best  rel-L2 ${row.rel_l2.toExponential(1)}, ORT ${row.onnxruntime_rel_l2.toExponential(1)}`;
}

async function main() {
  const options = arguments_of(process.argv.slice(2));
  const cores = first_cores(), rows = [];
  onnxruntime();
  for (const model of options.models) {
    const folder = mkdtempSync(join(tmpdir(), 'cleave-two-cores-'));
    try {
      program(options.programs[1], 'export', model, folder);
      const network = JSON.parse(readFileSync(join(folder, 'network.json'), 'utf8'));
      for (const precision of options.precisions) {
        rows.push(await compare(options, cores, model, precision, folder, network));
        console.log(line(rows.at(-1)));
      }
    } finally {
      rmSync(folder, {recursive: true});
    }
  }
  console.log(`ONNX Runtime ${ORT_VERSION}, on ${cpus()[0].model}, load ${loadavg()[0].toFixed(1)}`);
  if (options.json) writeFileSync(options.json, JSON.stringify(rows, null, 2) + '\n');
}

if (process.argv[2] === 'peer') await serve_peer(process.argv[3], process.argv[4], Number(process.argv[5]));
else await main();
