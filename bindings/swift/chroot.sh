#!/usr/bin/env bash
# Runs a command beside Swift 6 in a Debian trixie chroot, for machines whose distribution has no
# Swift (Debian 12 has none). The chroot is built when it is missing: 1 to 3 minutes and 2.7 GB, once.
#
#   chroot.sh [--bind FOLDER]... -- COMMAND [ARGUMENT]...
#   chroot.sh --path
#
# FOLDER appears in the chroot under its own path. The chroot lives in $NANSEN_SWIFT_CHROOT, else
# in ${XDG_CACHE_HOME:-~/.cache}/nansen/swift-trixie, outside the checkout, so that a second clone
# finds it. It is complete when its file .nansen-complete says so, which is written last; anything
# else there is removed and built anew.
#
# Mounts are made in a mount namespace of this process alone: they end with it, however it ends,
# and no later `rm` can reach through them into the checkout.
set -euo pipefail

suite=trixie
# openssl signs in the tests where a phone has its Secure Enclave.
packages=(swiftlang libc6-dev libstdc++-14-dev git libncurses6 zlib1g-dev openssl)
# Changes when the lines above do, so that an old chroot is not taken for a new one.
recipe="$suite ${packages[*]}"

folder=${NANSEN_SWIFT_CHROOT:-${XDG_CACHE_HOME:-$HOME/.cache}/nansen/swift-$suite}
marker=$folder/.nansen-complete

if [ "${1-}" = --path ]; then
    echo "$folder"
    exit
fi

if [ "$(id -u)" -ne 0 ]; then
    # The caller's folder, since sudo has its own idea of HOME.
    exec sudo --preserve-env=PATH,http_proxy,https_proxy,NANSEN_SWIFT_ENV \
        NANSEN_SWIFT_CHROOT="$folder" NANSEN_SWIFT_OWNER="$(id -u):$(id -g)" "$0" "$@"
fi
if [ -z "${NANSEN_SWIFT_NAMESPACE-}" ]; then
    NANSEN_SWIFT_NAMESPACE=1 exec unshare --mount --propagation private "$0" "$@"
fi

# The first mirror among the sources of apt, in either of its two formats.
mirror() {
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list 2>/dev/null |
        grep -oE '^(URIs:|deb( \[[^]]*\])?) +https?://[^ ]+/debian/?( |$)' |
        grep -oE 'https?://[^ ]+' | head -n 1 || true
}

build() {
    if ! command -v debootstrap >/dev/null; then
        apt-get update --quiet
        apt-get install --yes --quiet --no-install-recommends debootstrap
    fi
    rm -rf --one-file-system "$folder"
    mkdir -p "$folder"
    local from
    from=$(mirror)
    debootstrap --variant=minbase --include=ca-certificates "$suite" "$folder" "${from:-http://deb.debian.org/debian}"
    mountpoint --quiet "$folder/proc" || mount -t proc proc "$folder/proc"
    chroot "$folder" env DEBIAN_FRONTEND=noninteractive PATH="$inside_path" \
        apt-get install --yes --quiet --no-install-recommends "${packages[@]}"
    chroot "$folder" env PATH="$inside_path" apt-get clean
    echo "$recipe" >"$marker"
}

inside_path=/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin

binds=()
while [ "${1-}" != -- ]; do
    if [ "${1-}" != --bind ] || [ ! -d "${2-}" ]; then
        echo "usage: chroot.sh [--bind FOLDER]... -- COMMAND [ARGUMENT]..." >&2
        exit 2
    fi
    binds+=("$(realpath "$2")")
    shift 2
done
shift

# Two runs at once must not build over each other; the lock is not handed to the command.
mkdir -p "$(dirname "$folder")"
exec 9>"$folder.lock"
flock 9
if [ "$(cat "$marker" 2>/dev/null)" != "$recipe" ]; then
    echo "building the Swift chroot in $folder" >&2
    start=$SECONDS
    build >"$folder.log" 2>&1 || {
        tail -n 30 "$folder.log" >&2
        exit 1
    }
    echo "built the Swift chroot in $((SECONDS - start)) s" >&2
fi
exec 9>&-

mountpoint --quiet "$folder/proc" || mount -t proc proc "$folder/proc"
mount --rbind /dev "$folder/dev"
cp -L /etc/resolv.conf "$folder/etc/resolv.conf"
for bind in ${binds[@]+"${binds[@]}"}; do
    mkdir -p "$folder$bind"
    mount --bind "$bind" "$folder$bind"
done

status=0
# NANSEN_SWIFT_ENV holds the variables of the command, NAME=VALUE, one in a line.
mapfile -t variables < <(grep . <<<"${NANSEN_SWIFT_ENV-}" || true)
chroot "$folder" env --ignore-environment PATH="$inside_path" HOME=/root LANG=C.UTF-8 \
    ${variables[@]+"${variables[@]}"} "$@" || status=$?

# What root wrote into a bound folder belongs to the caller.
if [ -n "${NANSEN_SWIFT_OWNER-}" ]; then
    for bind in ${binds[@]+"${binds[@]}"}; do
        find "$bind" -xdev -user root -exec chown --no-dereference "$NANSEN_SWIFT_OWNER" {} +
    done
fi
exit "$status"
