// swift-tools-version:5.9
import PackageDescription

let package = Package(
    name: "ios-shell",
    platforms: [.iOS(.v17), .macOS(.v14)],
    products: [.library(name: "ShellViews", targets: ["ShellViews"])],
    dependencies: [.package(name: "Nansen", path: "../../bindings/swift")],
    targets: [
        // What the app knows and does: Foundation only, compiled and tested everywhere.
        .target(
            name: "ShellModels", dependencies: [.product(name: "Nansen", package: "Nansen")]),
        // What it looks like: SwiftUI, empty where there is none.
        .target(
            name: "ShellViews",
            dependencies: ["ShellModels", .product(name: "Nansen", package: "Nansen")]),
        .testTarget(name: "ShellModelsTests", dependencies: ["ShellModels"]),
    ],
    swiftLanguageVersions: [.v5]
)
