#!/usr/bin/env bash
# --version: where the program comes from and what it uses here; the same in manifests. The revision follows git without configuring again.
# Thread of the field: combine#883 (another version, other results, and nothing told them apart).
set -euo pipefail
: "${TOYFARM:?}" "${TOYFARM_LOCAL:?}" "${TOYFARM_SOURCE_DIR:?}"
fail() { echo "FAILED: $*"; exit 1; }

for program in "$TOYFARM" "$TOYFARM_LOCAL"; do
  "$program" --version > "$(basename "$program")" || fail "$program --version: exit $?"
done
for name in revision compiler mpi hdf5 arrow instructions; do
  grep -Eq "^$name +[^ ]" toyfarm || fail "--version does not tell $name"
done
head -1 toyfarm | grep -Eqx 'toyfarm [0-9]+\.[0-9]+\.[0-9]+' || fail "first line: $(head -1 toyfarm)"
grep -Eqx 'mpi +none' toyfarm-local || fail "MPI in toyfarm-local"
if grep -Eqx 'mpi +none' toyfarm; then fail "no MPI in toyfarm"; fi
diff <(grep -v '^mpi' toyfarm) <(grep -v '^mpi' toyfarm-local) || fail "the programs differ in more than MPI"
isas=$(sed -En 's/^instructions +(.*); here .*/\1/p' toyfarm)
for isa in $isas; do
  if TOYFARM_ISA=$isa "$TOYFARM_LOCAL" plan --n-toys 1 > /dev/null 2>&1; then
    TOYFARM_ISA=$isa "$TOYFARM_LOCAL" --version | grep -q "; here $isa\$" || fail "$isa is not the one in use"
  fi
done

"$TOYFARM_LOCAL" toys --config "$TOYFARM_SOURCE_DIR/jobscripts/examples/gauss_exp.json" --n-toys 2 --out-dir . --run-id run --log-level warn > /dev/null
/usr/bin/python3 - <<'PY' || fail "the manifest tells something else"
import json
versions = json.load(open("run/manifest.json"))["versions"]
for line in open("toyfarm-local").read().splitlines()[:-1]:
    name, value = line.split(maxsplit=1)
    assert versions[name] == value, (name, versions[name], value)
PY

# --- the revision: of a clean tree, of a changed one, of one in another's folder, without git
tool=$TOYFARM_SOURCE_DIR/cmake/git_revision.cmake
revision() { cmake -DROOT="$PWD/$1" -DOUT="$PWD/out.cpp" -P "$tool" && sed -n 's/.*return "\(.*\)";/\1/p' out.cpp; }
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
git init -q tree
mkdir tree/inner
echo 1 > tree/file
[ "$(revision tree)" = unknown ] || fail "a tree without a commit"
git -C tree add file
git -C tree commit -q -m one
commit=$(git -C tree rev-parse HEAD)
[ "$(revision tree)" = "$commit" ] || fail "a clean tree"
touch -d '2020-01-01' out.cpp
revision tree > /dev/null
[ "$(date -r out.cpp +%Y)" = 2020 ] || fail "written again though nothing changed"
echo 2 > tree/file
[ "$(revision tree)" = "$commit modified" ] || fail "a changed tree"
[ "$(revision tree/inner)" = unknown ] || fail "a folder inside another tree"
git -C tree commit -q -a -m two
[ "$(revision tree)" = "$(git -C tree rev-parse HEAD)" ] || fail "the next commit"
[ "$(PATH=/nowhere "$(command -v cmake)" -DROOT="$PWD/tree" -DOUT="$PWD/out.cpp" -DGIT=GIT-NOTFOUND -DCMAKE_SYSTEM_IGNORE_PATH=/usr/bin -P "$tool" && sed -n 's/.*return "\(.*\)";/\1/p' out.cpp)" = unknown ] || fail "without git"
echo "version: told alike by --version and manifests"
