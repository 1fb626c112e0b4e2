#!/bin/sh
# Draws a small frontier with scripts/plot_pareto.py, then feeds it what it must refuse.
# Exit code 77: skipped, as matplotlib is not installed.
plot="$1/scripts/plot_pareto.py"
python="$(sed -n '1s/^#!//p' "$plot")"
"$python" -c 'import matplotlib' 2> /dev/null || { echo "matplotlib is not installed"; exit 77; }
folder="$(mktemp -d)" || exit 1
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1

header='model,cluster,batch,throughput_per_s,period_s,latency_s,energy_j,power_w,per_device_energy_j,devices_used,stages,replicas_max,precision,bound,gap,proven,weight,solver,plan'
{
  echo "$header"
  echo 'vgg16,"edge, small",1,50,0.02,0.03,0.004,0.2,0.004,1,1,1,int8,0.004,0,true,0..0.4,exact,plans/0.json'
  echo 'vgg16,"edge, small",1,80,0.0125,0.04,0.009,0.72,0.0045,2,2,1,int8,0.008,0.1,false,,heuristic,plans/1.json'
} > pareto.csv
{ printf '\357\273\277'; cat pareto.csv; } > mark.csv
echo "$header" > empty.csv
sed 's/energy_j,power_w/joules,power_w/' pareto.csv > column.csv
sed 's/,80,/,fast,/' pareto.csv > number.csv
sed 's/,plans.1.json//' pareto.csv > short.csv
printf '\377\376' > binary.csv
sed 's/0.03,0.004,/0.03,0,/; s/0.04,0.009,/0.04,0,/' pareto.csv > seconds.csv
sed 's/0.03,0.004,/0.03,0,/' pareto.csv > free.csv
sed 's/0.03,0.004,/0.03,-1,/' pareto.csv > negative.csv
: > nothing.csv

failures=0
fail() { echo "FAILED: $1"; failures=1; }

draws() {  # FILE START ARGUMENTS...: FILE is drawn and starts with these bytes
  file="$1" start="$2"
  shift 2
  "$python" "$plot" "$@" -o "$file" || fail "$file: exit code $?"
  head -c 200 "$file" | grep -aq "$start" || fail "$file does not look like one"
}
refuses() {  # CODE MESSAGE ARGUMENTS...: exits with CODE, says MESSAGE in one line without a traceback
  code="$1" message="$2"
  shift 2
  "$python" "$plot" "$@" > /dev/null 2> message
  got=$?
  [ "$got" = "$code" ] || fail "$*: exit code $got instead of $code"
  tail -n 1 message | grep -qF "$message" || fail "$*: no \"$message\" in: $(cat message)"
  grep -q Traceback message && fail "$*: traceback"
}

draws frontier.png PNG pareto.csv
draws log.png PNG pareto.csv --log
draws frontier.pdf %PDF pareto.csv pareto.csv
draws frontier.svg '<svg\|<?xml' pareto.csv
draws mark.png PNG mark.csv
cmp -s frontier.png mark.png || fail "a byte order mark changes the picture"
cmp -s frontier.png log.png && fail "--log changes nothing"
cp frontier.svg first.svg
draws frontier.svg '<svg\|<?xml' pareto.csv
cmp -s frontier.svg first.svg || fail "the same input gives other bytes"
for axis in 'throughput (inferences/s)' 'energy per inference (mJ)'; do grep -qF "$axis" frontier.svg || fail "no axis says $axis"; done
# Measured tables may have seconds alone: latency is drawn. One point without energy has its place on a linear axis.
draws seconds.svg '<svg\|<?xml' seconds.csv
for axis in 'throughput (inferences/s)' 'latency (ms), as no point takes energy'; do grep -qF "$axis" seconds.svg || fail "no axis says $axis"; done
draws seconds.png PNG seconds.csv --log
draws free.svg '<svg\|<?xml' free.csv
grep -qF 'energy per inference (mJ)' free.svg || fail "energy is not drawn"
refuses 3 'some points take no energy' free.csv --log
refuses 3 'negative.csv: line 2: energy_j is "-1"; give a number that is not negative' negative.csv

refuses 3 'absent.csv: No such file or directory' absent.csv
refuses 3 'empty.csv: it has a header but no points' empty.csv
refuses 3 'nothing.csv: line 1: it has no column model' nothing.csv
refuses 3 'column.csv: line 1: it has no column energy_j' column.csv
refuses 3 'number.csv: line 3: throughput_per_s is "fast"' number.csv
refuses 3 'short.csv: line 3: it has not as many fields' short.csv
refuses 3 'binary.csv: it is not CSV text' binary.csv
refuses 3 'absent/p.png: No such file or directory' pareto.csv -o absent/p.png
refuses 2 'must end in .png, .svg or .pdf' pareto.csv -o frontier.gif
exit "$failures"
