// swift-tools-version:5.9
import Foundation
import PackageDescription

/// For Apple's systems the library comes as `NansenFFI.xcframework`, which `xcframework.sh` puts
/// beside this file. Everywhere else it is a system library: the C header stands in
/// `Sources/nansenFFI`, and the linker finds `libnansen_ffi` with `-L`.
let xcframework = "NansenFFI.xcframework"
let hasXCFramework = FileManager.default.fileExists(
    atPath: Context.packageDirectory + "/" + xcframework)

/// Declarations of Apple's frameworks, for CI only: they let a machine without these frameworks
/// type-check `Sources/Nansen/Apple`. Nothing that is linked into an app comes from them.
let appleDeclarations =
    Context.environment["NANSEN_APPLE_DECLARATIONS"] == nil
    ? [] : ["LocalAuthentication", "Security"]

let package = Package(
    name: "Nansen",
    platforms: [.iOS(.v15), .macOS(.v12)],
    products: [.library(name: "Nansen", targets: ["Nansen"])],
    targets: [
        hasXCFramework
            ? .binaryTarget(name: "nansenFFI", path: xcframework)
            : .systemLibrary(name: "nansenFFI"),
        .target(
            name: "Nansen",
            dependencies: ["nansenFFI"] + appleDeclarations.map { .target(name: $0) }),
        .testTarget(name: "NansenTests", dependencies: ["Nansen"]),
    ] + appleDeclarations.map { .target(name: $0, path: "AppleDeclarations/\($0)") },
    swiftLanguageVersions: [.v5]
)
