#!/usr/bin/env node
// The CPU engine beside ONNX Runtime, one thread each, batch 1, in turns on an idle machine:
//   bench/runtime_speed.mjs BENCH_RUNTIME [-p fp32,bf16,int8] [-r ROUNDS] [--json FILE] MODEL...
// MODEL is zoo:NAME or an ONNX file; constants in place of weights are drawn from a seed. ONNX Runtime is installed by npm into
// a folder of its own below the system's temporary one. fp32 and bf16 are compared with its fp32, int8 with its
// quantised model (QDQ, the same scales and zeros) and with its fp32. All run on one core, the last that this process may
// use: on virtual machines one core may be a third slower than another.
//
// Outputs are compared before times: the relative L2 distance of each to ONNX Runtime's fp32 output. A distance beyond what
// the precision explains ends the program.
import {spawn, spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {cpus, loadavg, tmpdir} from 'node:os';
import {basename, join, resolve} from 'node:path';
import {createInterface} from 'node:readline';
import {ALLOWED_DISTANCE, ORT_VERSION, Peer, distance, floats, geometric_mean, median, onnxruntime} from './onnxruntime.mjs';

const RUN_SECONDS = 1.0;  // of each side in each round

function arguments_of(argv) {
  const options = {precisions: ['fp32', 'bf16', 'int8'], rounds: 5, json: null, bench: null, models: []};
  for (let i = 0; i < argv.length; ++i) {
    if (argv[i] === '-p') options.precisions = argv[++i].split(',');
    else if (argv[i] === '-r') options.rounds = Number(argv[++i]);
    else if (argv[i] === '--json') options.json = argv[++i];
    else if (!options.bench) options.bench = resolve(argv[i]);
    else options.models.push(argv[i]);
  }
  if (!options.bench || options.models.length === 0) throw new Error('give: BENCH_RUNTIME MODEL...');
  return options;
}

/// The CPU engine with one network at one precision, in a process of its own.
class Own {
  static async open(bench, folder, model, precision) {
    const own = new Own();
    own.child = spawn(bench, ['time', model, precision, folder], {stdio: ['pipe', 'pipe', 'inherit']});
    own.lines = createInterface({input: own.child.stdout})[Symbol.asyncIterator]();
    const first = await own.lines.next();
    if (first.value !== 'ready') throw new Error(`${bench} failed for ${model} in ${precision}`);
    own.outputs = [0, 1].map((batch) => floats(join(folder, `${precision}.${batch}.bin`)));
    return own;
  }
  async times(runs) {
    this.child.stdin.write(`${runs}\n`);
    return (await this.lines.next()).value.trim().split(' ').map(Number);
  }
  close() { this.child.stdin.end(); }
}

/// Medians of several sides that take turns.
async function race(sides, rounds) {
  const seconds = new Map(sides.map((side) => [side, []]));
  const runs = new Map();
  for (const side of sides) runs.set(side, Math.max(3, Math.ceil(RUN_SECONDS / median(await side.times(3)))));
  for (let round = 0; round < rounds; ++round)
    for (const side of sides) seconds.get(side).push(...await side.times(runs.get(side)));
  return sides.map((side) => median(seconds.get(side)));
}

async function compare(ort, options, model, precision, folder, network) {
  const peer = await Peer.open(ort, folder, 'model.onnx', network);
  const quantised = precision === 'int8' ? await Peer.open(ort, folder, 'qdq.onnx', network) : null;
  const own = await Own.open(options.bench, folder, model, precision);
  let own_distance = 0, peer_distance = 0;
  for (let batch = 0; batch < network.batches; ++batch) {
    const expected = await peer.output(batch);
    own_distance = Math.max(own_distance, distance(own.outputs[batch], expected));
    if (quantised) peer_distance = Math.max(peer_distance, distance(await quantised.output(batch), expected));
  }
  if (!(own_distance <= ALLOWED_DISTANCE[precision])) throw new Error(`${model} in ${precision}: outputs differ by ${own_distance}`);
  const [peer_s, own_s, quantised_s] = await race([peer, own, ...(quantised ? [quantised] : [])], options.rounds);
  own.close();
  await peer.close();
  if (quantised) await quantised.close();
  return {model: basename(model, '.onnx'), precision, onnxruntime_s: peer_s, own_s, speedup: peer_s / own_s, rel_l2: own_distance,
          ...(quantised ? {onnxruntime_int8_s: quantised_s, speedup_int8: quantised_s / own_s, onnxruntime_int8_rel_l2: peer_distance} : {})};
}

function line(row) {
  const ms = (seconds) => (seconds * 1e3).toFixed(2).padStart(9);
  const int8 = row.onnxruntime_int8_s ? `  int8 ${ms(row.onnxruntime_int8_s)} ms, ${row.speedup_int8.toFixed(2)}x, rel-L2 ${row.onnxruntime_int8_rel_l2.toExponential(1)}` : '';
  return `${row.model.padEnd(22)} ${row.precision}  ORT fp32 ${ms(row.onnxruntime_s)} ms  cleave ${ms(row.own_s)} ms  ${row.speedup.toFixed(2)}x  rel-L2 ${row.rel_l2.toExponential(1)}${int8}`;
}

/// This program again, on one core, where it may use several; the exit code, or null where it is on one already.
function run_on_one_core() {
  const allowed = readFileSync('/proc/self/status', 'utf8').match(/^Cpus_allowed_list:\s*(\S+)$/m)[1];
  if (/^\d+$/.test(allowed)) return null;
  return spawnSync('taskset', ['-c', allowed.match(/\d+$/)[0], process.execPath, ...process.argv.slice(1)], {stdio: 'inherit'}).status ?? 1;
}

const options = arguments_of(process.argv.slice(2));
const exit_code = run_on_one_core();
if (exit_code !== null) process.exit(exit_code);
const ort = onnxruntime();
const rows = [];
for (const model of options.models) {
  const folder = mkdtempSync(join(tmpdir(), 'cleave-speed-'));
  try {
    const exported = spawnSync(options.bench, ['export', model, folder], {stdio: 'inherit'});
    if (exported.status !== 0) throw new Error(`could not export ${model}`);
    const network = JSON.parse(readFileSync(join(folder, 'network.json'), 'utf8'));
    for (const precision of options.precisions) {
      rows.push(await compare(ort, options, model, precision, folder, network));
      console.log(line(rows.at(-1)));
    }
  } finally {
    rmSync(folder, {recursive: true});
  }
}
for (const precision of options.precisions) {
  const of_precision = rows.filter((row) => row.precision === precision);
  const mean = geometric_mean(of_precision.map((row) => row.speedup));
  const int8 = precision === 'int8' ? `, against its int8 ${geometric_mean(of_precision.map((row) => row.speedup_int8)).toFixed(2)}x` : '';
  console.log(`${precision}: geometric mean of ${of_precision.length}: ${mean.toFixed(2)}x of ONNX Runtime ${ORT_VERSION}'s fp32${int8}`);
}
console.log(`on ${cpus()[0].model}, load ${loadavg()[0].toFixed(1)}`);
if (options.json) writeFileSync(options.json, JSON.stringify(rows, null, 2) + '\n');
