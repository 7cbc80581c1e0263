#!/usr/bin/env bash
# Installs what toyfarm needs on Debian 12 and is missing: packages by apt (as root or with sudo), and, where CMake finds no Arrow,
# the pyarrow wheel in a virtual environment at build/venv. Does nothing, quickly, when all is there.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: bash cmake/install-deps.sh [--test | --all]
  (none)   what is needed to build and run
  --test   and to build and run the tests
  --all    and for the Clang build, the format check, the long comparison with a Python reference and the tests on an emulated cluster
TEXT
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
pyarrow=pyarrow==26.0.1
packages=(
  g++ cmake ninja-build pkg-config ccache git
  openmpi-bin libopenmpi-dev libboost-mpi-dev libboost-serialization-dev libhdf5-dev libssl-dev libeigen3-dev
  nlohmann-json3-dev libyaml-cpp-dev libspdlog-dev libfmt-dev libcli11-dev libhwloc-dev libhwy-dev
)
test_packages=(libgtest-dev libcerf-dev shellcheck python3-h5py groff-base)
# Of the long test that fits toys with a reference implementation in Python; MPICH's launcher; and HTCondor's own parser of submit descriptions, which later versions lack.
python_packages=(numpy scipy iminuit h5py pyarrow mpich 'htcondor<25')
all_packages=(clang-14 clang-tidy-14 libclang-rt-14-dev libomp-14-dev clang-format-14)
# Of the long tests on emulated hosts.
all_packages+=(slurmctld slurmd slurm-client munge iproute2)

case "${1:-}" in
  "") ;;
  --test) packages+=("${test_packages[@]}") ;;
  --all) packages+=("${test_packages[@]}" "${all_packages[@]}") ;;
  -h | --help) usage; exit 0 ;;
  *) usage >&2; exit 64 ;;
esac
if (($# > 1)); then
  usage >&2
  exit 64
fi

say() { printf 'install-deps: %s\n' "$*" >&2; }

# Arrow's own CMake package; FindArrowWheel.cmake is asked only when there is none.
has_arrow_package() {
  local folder
  local -a prefixes
  IFS=':;' read -r -a prefixes <<<"${CMAKE_PREFIX_PATH:-}:/usr/local:/usr"
  for folder in ${Parquet_DIR:+"${Parquet_DIR}"} ${Parquet_ROOT:+"${Parquet_ROOT}"}; do
    if compgen -G "$folder/ParquetConfig.cmake" >/dev/null || compgen -G "$folder/lib*/cmake/Parquet/ParquetConfig.cmake" >/dev/null; then
      return 0
    fi
  done
  for folder in "${prefixes[@]}"; do
    if [[ -n $folder ]] && { compgen -G "$folder/lib*/cmake/Parquet/ParquetConfig.cmake" >/dev/null ||
      compgen -G "$folder/lib/*/cmake/Parquet/ParquetConfig.cmake" >/dev/null; }; then
      return 0
    fi
  done
  return 1
}

# Whether the Python named by TOYFARM_PYTHON brings Arrow with its headers.
has_arrow_wheel() {
  [[ -n ${TOYFARM_PYTHON:-} ]] && "$TOYFARM_PYTHON" -c '
import importlib.util, os, sys
spec = importlib.util.find_spec("pyarrow")
sys.exit(not (spec and os.path.exists(os.path.join(os.path.dirname(spec.origin), "include/arrow/util/config.h"))))' 2>/dev/null
}

has_venv() {
  compgen -G "$root/build/venv/lib/python3*/site-packages/${pyarrow/==/-}.dist-info/RECORD" >/dev/null && [[ -x $root/build/venv/bin/python ]]
}

# The members of `packages` that are not installed, one per line.
missing_packages() {
  local installed package
  installed=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "${packages[@]}" 2>/dev/null | sed -n 's/^.i *//p' || true)
  for package in "${packages[@]}"; do
    if ! grep -qxF -- "$package" <<<"$installed"; then
      printf '%s\n' "$package"
    fi
  done
}

# Says why, and what an administrator can do about it; then gives up.
give_up() {
  local reason=$1
  shift
  say "$reason"
  say "missing: $*"
  say "an administrator can install them with:"
  say "  apt-get update && apt-get install -y --no-install-recommends $*"
  exit 1
}

install_packages() {
  local -a as_root=()
  if (($(id -u) != 0)); then
    if ! command -v sudo >/dev/null; then
      give_up "not root, and there is no sudo" "$@"
    elif [[ ! -t 0 ]] && ! sudo -n true 2>/dev/null; then
      give_up "not root, and sudo wants a password, for which there is no terminal" "$@"
    fi
    as_root=(sudo)
  fi
  say "installing $*"
  "${as_root[@]}" apt-get update -q >&2 || say "apt-get update failed; trying with the package lists that are there"
  # --no-remove: some of these conflict with other versions of themselves, which are not ours to take away
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends --no-remove "$@" >&2 ||
    give_up "apt-get install failed, see above" "$@"
}

make_venv() {
  say "making build/venv with $pyarrow"
  mkdir -p "$root/build"
  if [[ ! -x $root/build/venv/bin/pip ]]; then
    /usr/bin/python3 -m venv --clear "$root/build/venv"
  fi
  if ! "$root/build/venv/bin/pip" install -q --disable-pip-version-check "$pyarrow" >&2; then
    say "pip could not install $pyarrow (no network?). Either install libarrow-dev and libparquet-dev so that CMake finds them,"
    say "or set TOYFARM_PYTHON to a Python that can import pyarrow"
    exit 1
  fi
}

needs_venv=no
if ! has_venv && ! has_arrow_package && ! has_arrow_wheel; then
  needs_venv=yes
  packages+=(python3-venv)
fi
if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  say "this is not a Debian system. Install what these Debian packages hold, then call cmake directly:"
  say "  ${packages[*]}"
  exit 1
fi
mapfile -t missing < <(missing_packages)
if ((${#missing[@]})); then
  install_packages "${missing[@]}"
fi
if [[ $needs_venv == yes ]]; then
  make_venv
fi
if [[ ${1:-} == --all ]] && ! "$root/build/venv/bin/python" -W ignore -c 'import numpy, scipy, iminuit, h5py, pyarrow, htcondor' 2>/dev/null; then
  say "putting ${python_packages[*]} into build/venv"
  if [[ ! -x $root/build/venv/bin/pip ]]; then
    /usr/bin/python3 -m venv --clear "$root/build/venv"
  fi
  "$root/build/venv/bin/pip" install -q --disable-pip-version-check "${python_packages[@]/#pyarrow/$pyarrow}" >&2 ||
    say "pip could not install them: the test cli/closure_against_oracle will be skipped, and cli/condor in part"
fi
