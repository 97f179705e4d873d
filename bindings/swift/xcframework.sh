#!/usr/bin/env bash
# Builds NansenFFI.xcframework for iPhones and their simulators, beside Package.swift, which then
# links it. Needs a Mac with Xcode and Rust.
#
# NOT RUN HERE: this project's CI has no Mac. Each step is written from the documentation of
# cargo, lipo and xcodebuild.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)

phone=aarch64-apple-ios
simulators=(aarch64-apple-ios-sim x86_64-apple-ios)
# The oldest iOS that Package.swift names; the C code of SQLite is compiled for it too.
export IPHONEOS_DEPLOYMENT_TARGET=15.0

target=${CARGO_TARGET_DIR:-$root/target}
work=$target/xcframework
rm -rf "$work" NansenFFI.xcframework
mkdir -p "$work/headers/nansenFFI" "$work/simulator"

rustup target add "$phone" "${simulators[@]}"
for triple in "$phone" "${simulators[@]}"; do
    # No `panic = "abort"`: UniFFI turns a panic into an error only when it can unwind.
    cargo build --manifest-path "$root/Cargo.toml" --locked --release \
        --package nansen-ffi --lib --target "$triple"
done

# One slice for each platform: the simulators' two processors share theirs.
simulator_libraries=()
for triple in "${simulators[@]}"; do
    simulator_libraries+=("$target/$triple/release/libnansen_ffi.a")
done
lipo -create "${simulator_libraries[@]}" -output "$work/simulator/libnansen_ffi.a"

# In a folder of the module's name: Xcode copies the headers of all frameworks into one folder,
# and two module maps there would collide. The map of the system library names a library to link,
# which the framework already is.
cp Sources/nansenFFI/nansenFFI.h "$work/headers/nansenFFI/"
cat >"$work/headers/nansenFFI/module.modulemap" <<'MAP'
module nansenFFI {
    header "nansenFFI.h"
    export *
}
MAP

xcodebuild -create-xcframework \
    -library "$target/$phone/release/libnansen_ffi.a" -headers "$work/headers" \
    -library "$work/simulator/libnansen_ffi.a" -headers "$work/headers" \
    -output NansenFFI.xcframework
