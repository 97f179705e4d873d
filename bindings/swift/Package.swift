// swift-tools-version:5.9
import Foundation
import PackageDescription

/// For Apple's systems the library comes as `NansenFFI.xcframework`, which `xcframework.sh` puts
/// beside this file. Everywhere else it is a system library: the C header stands in
/// `Sources/nansenFFI`, and the linker finds `libnansen_ffi` with `-L`.
let xcframework = "NansenFFI.xcframework"
let hasXCFramework = FileManager.default.fileExists(
    atPath: Context.packageDirectory + "/" + xcframework)

let package = Package(
    name: "Nansen",
    platforms: [.iOS(.v15), .macOS(.v12)],
    products: [.library(name: "Nansen", targets: ["Nansen"])],
    targets: [
        hasXCFramework
            ? .binaryTarget(name: "nansenFFI", path: xcframework)
            : .systemLibrary(name: "nansenFFI"),
        .target(name: "Nansen", dependencies: ["nansenFFI"]),
        .testTarget(name: "NansenTests", dependencies: ["Nansen"]),
    ],
    swiftLanguageVersions: [.v5]
)
